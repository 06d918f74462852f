// The imagemill command.
#include <exception>
#include <iostream>

#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/origin.h"
#include "cli/terminal.h"
#include "cli/version.h"
#include "engine/wording.h"

namespace {

// The allocator would keep up to 64 MiB a thread of what codecs have freed, beside what the memory
// budget knows of. Files and pixels come from a pool of their own.
void give_freed_memory_back() {
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 1 << 20);
}

// Every reader holds a file; the usual limit of 1,024 is for programs that use select().
void allow_many_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Where a standard stream is closed, the next file that is opened, an output, would be in its
// place, and be written to. What holds the place here can neither be read nor written, nor opened
// again as /dev/stdout.
void occupy_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    // The lowest free number is this one.
    [[maybe_unused]] const int placeholder = open("/", O_PATH | O_DIRECTORY);
  }
}

}  // namespace

int main(int argc, char** argv) {
  using namespace imagemill::cli;
  set_command_line(argc, argv);
  occupy_standard_streams();
  give_freed_memory_back();
  allow_many_files();
  CLI::App app("imagemill: runs dataflow graphs over batches of images");
  app.set_version_flag("--version", std::string("imagemill ") + kVersion);
  app.require_subcommand(1);
  Action action;
  add_run(app, action);
  add_check(app, action);
  add_cluster(app, action);
  add_draw(app, action);
  add_list(app, action);
  add_merge(app, action);
  add_nodes(app, action);
  add_predict(app, action);
  add_profile(app, action);
  add_report(app, action);
  add_scale(app, action);
  add_schema(app, action);
  add_synth(app, action);
  add_tune(app, action);
  add_verify(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError& e) {
    const std::string word = argc > 1 ? argv[1] : "";
    if (!app.get_subcommands().empty() || word.empty() || word.front() == '-') {
      app.exit(e);
      return kNotRun;
    }
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
    complain("no command is named " + imagemill::quote(word) +
             imagemill::did_you_mean(word, names) + " (imagemill --help lists them)");
    return kNotRun;
  } catch (const CLI::ParseError& e) {
    if (app.exit(e) != 0) return kNotRun;
    if (std::cout.flush()) return kOk;
    complain("cannot write to standard output");
    return kItemsFailed;
  }
  try {
    const int status = action();
    if (!lost_results()) return status;
    complain("cannot write its results to standard output");
    return status == kOk ? kItemsFailed : status;
  } catch (const std::exception& e) {
    print_error("imagemill: internal error: {}\n", e.what());
    return EXIT_FAILURE;
  }
}
