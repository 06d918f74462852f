#include "tests/support/command.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

namespace imagemill::testing {
namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
}

}  // namespace

Process::Process(std::vector<std::string> command, const std::string& folder,
                 const std::string& terminal) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  const int flags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, 1, (output_ / "out").c_str(), flags, 0600);
  const std::string err = terminal.empty() ? (output_ / "err").string() : terminal;
  posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), flags | O_NOCTTY, 0600);
  const int error =
      posix_spawnp(&pid_, arguments.front(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    pid_ = -1;
    throw std::runtime_error("cannot start " + command.front() + ": " + std::strerror(error));
  }
}

Process::~Process() {
  if (pid_ < 0) return;
  signal(SIGKILL);
  wait();
}

void Process::signal(int number) const { ::kill(pid_, number); }

Finished Process::wait() {
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
