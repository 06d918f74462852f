// The imagemill command.
#include <exception>

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
