// Display of a run while it goes on, and of its failures afterwards.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/display/first_failures.h"
#include "cli/display/progress.h"
#include "graphs/records/quarantine.h"
#include "graphs/session/run_session.h"

namespace imagemill::cli {

// Prints notices, shows progress, and keeps the first failures.
class RunDisplay final : public RunEvents {
 public:
  // `leave`: ends the process with the result of an abandoned run.
  explicit RunDisplay(std::function<void(SessionResult)> leave) : leave_(std::move(leave)) {}

  // Shows progress until hide(). `run`: counts the stages if the display shows them, and is set as
  // the watch of `options`.
  void show(ProgressStyle style, ProgressCounters& run, RunOptions& options);
  void hide() { progress_.reset(); }
  // Prints the first failures on stderr. `all`: the file that lists all failures, or empty.
  void print_failures(const std::string& all) const { first_failures_.print(all); }

  void notice(const std::string& text) override;
  void listed(std::uint64_t entries) override;
  void ignored(const std::string& key) override;
  void ended(const Item& item) override;
  void abandoned(SessionResult result) override {
    hide();
    leave_(std::move(result));
  }

 private:
  std::function<void(SessionResult)> leave_;
  std::optional<Progress> progress_;
  FirstFailures first_failures_;
};

// Prints on stderr how many failed images are in the quarantine `folder`, and how many are missing.
void print_quarantine(const Quarantine::Receipt& receipt, const std::string& folder);

}  // namespace imagemill::cli
