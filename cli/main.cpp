// The imagemill command.
#include <exception>

#include <fmt/format.h>
#include <malloc.h>

#include "cli/commands.h"
#include "cli/version.h"

namespace {

// Files and pictures come and go by the megabyte. By default each would be given back to the system
// and faulted in again, page by page: for a photo of 3 MB about 700 faults, several times as dear
// as reading it.
void keep_freed_memory() {
  mallopt(M_MMAP_THRESHOLD, 8 << 20);
  mallopt(M_TRIM_THRESHOLD, 32 << 20);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace imagemill::cli;
  keep_freed_memory();
  CLI::App app("imagemill: runs dataflow graphs over batches of images");
  app.set_version_flag("--version", std::string("imagemill ") + kVersion);
  app.require_subcommand(1);
  Action action;
  add_run(app, action);
  add_synth(app, action);
  add_verify(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kOk : kNotRun;
  }
  try {
    return action();
  } catch (const std::exception& e) {
    fmt::print(stderr, "imagemill: internal error: {}\n", e.what());
    return EXIT_FAILURE;
  }
}
