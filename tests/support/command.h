// Programs as processes of their own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "tests/support/temporary_folder.h"

namespace imagemill::testing {

struct Finished {
  int status =
      0;  // the exit status; of a process that a signal ended, 128 + its number, as a shell says it
  std::string out;  // what it wrote, neither of the two being a terminal
  std::string err;
};

// Standard input of a process: empty, or the text it is told.
enum class Input { none, told };

// A process that is running. Its destructor kills it where nobody waited for it.
class Process {
 public:
  // Starts a program, found in PATH, with these arguments. Its stderr goes to `terminal`, if that
  // is not empty. Throws std::runtime_error.
  explicit Process(std::vector<std::string> command, const std::string& folder = ".",
                   const std::string& terminal = "", Input input = Input::none);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // To its standard input, which the first `end_input`, or wait(), closes. Requires: Input::told.
  void tell(std::string_view text) const;
  void end_input();
  void signal(int number) const;
  // Waits until signal `number` is no longer pending: the process has taken it, or has ended. Two
  // signals that are pending together arrive lowest number first, and equal ones arrive once.
  void await_receipt(int number) const;
  bool running() const;
  Finished wait();

 private:
  TemporaryFolder output_;
  pid_t pid_ = -1;
  int input_ = -1;  // where what it is told is written
};

// Runs `imagemill` with these arguments to its end.
Finished run_imagemill(std::vector<std::string> arguments);
std::vector<std::string> imagemill_command(std::vector<std::string> arguments);

// Contents of a stream without any output, for comparisons that show the difference.
inline const std::string kNothing;

bool contains(const std::string& text, const std::string& part);

}  // namespace imagemill::testing
