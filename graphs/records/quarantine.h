// A folder for inputs that have failed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "engine/run/executor.h"

namespace imagemill {

// Copies each failed input to where it lay in the input folder, whole or not at all, and writes the
// reason beside it: NAME.failed.jsonl, in lines as of --failures. Of a list, a key that is absolute
// or leads upwards lies below the quarantine likewise, with "__" for each "..". An input that can't
// be read, that changes meanwhile, or that has taken too long (timeout) has but its reason there.
// Of two whose places are one, as the quarantine's file system sees names, the later is missing. A
// later run replaces what has the same name, and removes nothing.
//
// Not thread-safe. Copies are made by a thread of its own.
class Quarantine {
 public:
  // Whether it may lie there, and be written to (bad_quarantine). Makes nothing.
  static Result<void> check(const std::filesystem::path& folder, const Environment& environment);
  // Makes the folder and proves that it can be written. It may not lie in the input or the output
  // folder, nor around one of them, and if it holds anything, it must have been made here: what is
  // in it gets replaced (bad_quarantine). Of `environment`: the folders and the file system, which
  // outlives it.
  static Result<std::unique_ptr<Quarantine>> open(const std::filesystem::path& folder,
                                                  const Environment& environment,
                                                  std::stop_token stop);
  ~Quarantine();
  Quarantine(const Quarantine&) = delete;
  Quarantine& operator=(const Quarantine&) = delete;

  // An item that has ended. Left out are those that have not failed, and those that have only met
  // what ends the whole run (Scope::run): nothing is wrong with them. While a thousand wait to be
  // copied this waits, too, until a stop is requested or no copy has got on for five seconds: from
  // then on all are missing.
  void add(const Item& item);

  struct Receipt {
    std::uint64_t received = 0;  // copied, or at least with their reason
    std::uint64_t missing = 0;
    std::string why = {};   // of the first that is missing, for a person
    bool is_stuck = false;  // a copy does not come back: its thread is left alone
  };
  // Call once, after the last add(). Waits until all are there, or no copy has got on for five
  // seconds; once `stop` is requested, for a tenth of a second.
  Receipt finish(const std::stop_token& stop);

 private:
  struct State;
  Quarantine(std::shared_ptr<State> state, std::jthread thread);

  std::shared_ptr<State> state_;
  std::jthread thread_;
};

}  // namespace imagemill
