#include "tests/support/command.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace imagemill::testing {
namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
}

}  // namespace

Process::Process(std::vector<std::string> command, const std::string& folder,
                 const std::string& terminal, Input input) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  int pipe[2] = {-1, -1};
  if (input == Input::none) {
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  } else {
    // The copy that it reads from is made without the flag.
    if (::pipe2(pipe, O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
    posix_spawn_file_actions_adddup2(&actions, pipe[0], 0);
    input_ = pipe[1];
  }
  const int flags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, 1, (output_ / "out").c_str(), flags, 0600);
  const std::string err = terminal.empty() ? (output_ / "err").string() : terminal;
  posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), flags | O_NOCTTY, 0600);
  const int error =
      posix_spawnp(&pid_, arguments.front(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (pipe[0] >= 0) ::close(pipe[0]);
  if (error != 0) {
    pid_ = -1;
    throw std::runtime_error("cannot start " + command.front() + ": " + std::strerror(error));
  }
}

Process::~Process() {
  end_input();
  if (pid_ < 0) return;
  signal(SIGKILL);
  wait();
}

void Process::signal(int number) const { ::kill(pid_, number); }

void Process::await_receipt(int number) const {
  const std::string status = "/proc/" + std::to_string(pid_) + "/status";
  const std::string field = "\nShdPnd:";
  while (running()) {
    const std::string text = text_of(status);
    const std::size_t at = text.find(field);
    if (at == std::string::npos) throw std::runtime_error("cannot read " + status);
    const unsigned long long pending = std::stoull(text.substr(at + field.size()), nullptr, 16);
    if ((pending >> (number - 1) & 1) == 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

bool Process::running() const {
  siginfo_t ended{};
  // The process stays waitable for wait().
  ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT);
  return ended.si_pid == 0;
}

void Process::tell(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t count = ::write(input_, text.data(), text.size());
    if (count < 0 && errno != EINTR) throw std::runtime_error("cannot tell the process");
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
}

void Process::end_input() {
  if (input_ >= 0) ::close(std::exchange(input_, -1));
}

Finished Process::wait() {
  end_input();
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return {WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
          text_of(output_ / "out"), text_of(output_.path() / "err")};
}

std::vector<std::string> imagemill_command(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), IMAGEMILL_COMMAND);
  return arguments;
}

Finished run_imagemill(std::vector<std::string> arguments) {
  return Process(imagemill_command(std::move(arguments))).wait();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace imagemill::testing
