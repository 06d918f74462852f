// Exit statuses of the command.
#pragma once

namespace imagemill::cli {

// Meanings: the table "exit status" in README.md.
enum Status : int {
  kOk = 0,
  kItemsFailed = 1,
  kNotRun = 2,
  kResumable = 75,
  kInterrupted = 130,
  kTerminated = 143,
};

}  // namespace imagemill::cli
