#include "cli/process/cluster_process.h"

#include <cerrno>
#include <csignal>
#include <system_error>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/display/exit_status.h"

namespace imagemill::cli {
namespace {

std::vector<std::string> words_of(const ClusterRun& run) {
  const auto absolute = [](const std::filesystem::path& path) {
    std::error_code error;
    const std::filesystem::path whole = std::filesystem::absolute(path, error);
    return (error ? path : whole).string();
  };
  std::vector<std::string> words = {"imagemill",  "cluster",
                                    "run",        absolute(run.flags->graph),
                                    "--input",    absolute(run.input),
                                    "--output",   absolute(run.output),
                                    "--json",     absolute(run.record),
                                    "--local",    std::to_string(run.nodes),
                                    "--workers",  std::to_string(run.workers),
                                    "--progress", "none"};
  if (run.flags->list) words.insert(words.end(), {"--list", absolute(*run.flags->list)});
  for (const std::string& set : run.flags->sets) words.insert(words.end(), {"--set", set});
  if (run.flags->memory) words.insert(words.end(), {"--memory", *run.flags->memory});
  return words;
}

// Starts the child process. Its stdout is discarded, since its results go to a file. Its signal
// mask is cleared, since this process blocks signals in all threads but one.
Result<pid_t> start(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  // Own process group: Ctrl-C reaches the child only through this process, once.
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  pid_t process = -1;
  const int failed =
      ::posix_spawn(&process, "/proc/self/exe", &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failed == 0) return process;
  return failure("io_error", "cannot start another process: " +
                                 std::error_code(failed, std::generic_category()).message());
}

}  // namespace

Result<ClusterRecord> run_cluster(const ClusterRun& run, const std::stop_token& stop) {
  const auto process = start(words_of(run));
  if (!process) return tl::make_unexpected(process.error());
  int status = 0;
  {
    const std::stop_callback pass_on(stop, [&] { ::kill(*process, SIGTERM); });
    // WNOWAIT keeps the process id reserved until waitpid() below.
    siginfo_t ended{};
    while (::waitid(P_PID, static_cast<id_t>(*process), &ended, WEXITED | WNOWAIT) < 0 &&
           errno == EINTR) {
    }
  }
  while (::waitpid(*process, &status, 0) < 0 && errno == EINTR) {
  }
  if (stop.stop_requested()) return failure("interrupted", "stopped");
  if (!WIFEXITED(status) || WEXITSTATUS(status) > kItemsFailed) {
    return failure("not_run", "the run on worker processes failed");
  }
  return read_cluster_record(run.record);
}

}  // namespace imagemill::cli
