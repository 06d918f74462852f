// Quarantine: a folder with copies of failed inputs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "engine/run/executor.h"

namespace imagemill {

// Copies each failed input to its path in the input folder, whole or not at all. Writes the reason
// beside the copy: NAME.failed.jsonl, in lines as of --failures.
//
// A listed key that is absolute or leads upwards stays below the quarantine, too, with "__" for
// each "..". An input that cannot be read, changes during the copy, or has taken too long (timeout)
// gets only its reason. If two inputs map to one path, as the quarantine's file system compares
// names, the later counts as missing. A later run replaces files of the same name, and
// removes no file.
//
// Not thread-safe. A thread of the quarantine makes the copies.
class Quarantine {
 public:
  // Checks that `folder` may become a quarantine (bad_quarantine): it lies apart from the input and
  // output folders, and is missing, empty, or already a quarantine. Makes no file.
  static Result<void> check(const std::filesystem::path& folder, const Environment& environment);
  // Makes the folder and proves that files can be written there. Fails as check() does, because
  // files in the folder get replaced. Uses the folders and the file system of `environment`; the
  // file system must outlive the quarantine.
  static Result<std::unique_ptr<Quarantine>> open(const std::filesystem::path& folder,
                                                  const Environment& environment,
                                                  std::stop_token stop);
  ~Quarantine();
  Quarantine(const Quarantine&) = delete;
  Quarantine& operator=(const Quarantine&) = delete;

  // Queues the input of an ended item. Ignores an item that has not failed, or failed only by
  // errors that end the whole run (Scope::run): its input is not at fault. Blocks while a thousand
  // inputs wait, until a stop is requested or no copy has progressed for five seconds. During such
  // a stall each further input counts as missing.
  void add(const Item& item);

  struct Receipt {
    std::uint64_t received = 0;  // reason written, and a copy if the input could be read
    std::uint64_t missing = 0;
    std::string why = {};   // why the first input is missing, for a person
    bool is_stuck = false;  // a copy is stalled for good; the thread is detached
  };
  // Call once, after the last add(). Waits until all copies are made, or none has progressed for
  // five seconds; once `stop` is requested, for a tenth of a second.
  Receipt finish(const std::stop_token& stop);

 private:
  struct State;
  Quarantine(std::shared_ptr<State> state, std::jthread thread);

  std::shared_ptr<State> state_;
  std::jthread thread_;
};

}  // namespace imagemill
