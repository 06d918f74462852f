// What the process ends with.
#pragma once

namespace imagemill::cli {

// Exit statuses (README, "Exit status").
enum Status : int {
  kOk = 0,
  kItemsFailed = 1,
  kNotRun = 2,
  kResumable = 75,
  kInterrupted = 130,
  kTerminated = 143,
};

}  // namespace imagemill::cli
