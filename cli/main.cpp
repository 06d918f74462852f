// The imagemill command.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/commands/commands.h"
#include "cli/display/complain.h"
#include "cli/display/exit_status.h"
#include "cli/display/terminal.h"
#include "cli/flags/run_flags.h"
#include "cli/session/this_program.h"
#include "graphs/session/version.h"

namespace {

// Raises the limit of open files. Every reader holds a file, and the usual limit of 1,024 is meant
// for programs that use select().
void allow_many_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Opens a placeholder for each closed standard stream. Otherwise an output file would get its
// number, and messages would go into that file. The placeholder can be neither read nor written,
// nor opened again as /dev/stdout.
void occupy_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    // open() takes the lowest free number, which is `fd`.
    [[maybe_unused]] const int placeholder = open("/", O_PATH | O_DIRECTORY);
  }
}

}  // namespace

namespace imagemill::cli {
namespace {

int run(int argc, char** argv) {
  set_command_line(argc, argv);
  CommandLine line("imagemill: runs dataflow graphs over batches of images",
                   std::string("imagemill ") + kVersion);
  add_run(line);
  add_check(line);
  add_cluster(line);
  add_draw(line);
  add_list(line);
  add_merge(line);
  add_nodes(line);
  add_predict(line);
  add_profile(line);
  add_report(line);
  add_scale(line);
  add_schema(line);
  add_synth(line);
  add_tune(line);
  add_verify(line);
  const auto [action, told] = line.parse(argc, argv);
  if (!action) return told;
  const int status = action();
  if (!lost_results()) return status;
  complain("cannot write its results to standard output");
  return status == kOk ? kItemsFailed : status;
}

}  // namespace
}  // namespace imagemill::cli

int main(int argc, char** argv) {
  occupy_standard_streams();
  allow_many_files();
  try {
    return imagemill::cli::run(argc, argv);
  } catch (const std::bad_alloc&) {
    // Finished outputs are on the disk, so --resume can go on from them.
    std::fputs("imagemill: not enough memory\n", stderr);
    return imagemill::cli::kResumable;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "imagemill: internal error: %s\n", e.what());
    return EXIT_FAILURE;
  }
}
