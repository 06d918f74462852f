#include "cli/session/run_display.h"

#include "cli/display/complain.h"
#include "cli/display/terminal.h"
#include "engine/base/text.h"

namespace imagemill::cli {

void RunDisplay::show(ProgressStyle style, ProgressCounters& run, RunOptions& options) {
  progress_.emplace(style, &run);
  if (progress_->shows_stages()) options.watch = &run;
}

void RunDisplay::notice(const std::string& text) { complain(text); }

void RunDisplay::listed(std::uint64_t entries) { progress_->set_listed(entries); }

void RunDisplay::ignored(const std::string& /*key*/) { progress_->ignore_one(); }

void RunDisplay::ended(const Item& item) {
  for (const Error& error : item.errors()) {
    first_failures_.add([&] { return to_string(error); });
  }
  if (item.outcome() == Outcome::failed) {
    progress_->failed();
  } else {
    progress_->ok();
  }
}

void print_quarantine(const Quarantine::Receipt& receipt, const std::string& folder) {
  const auto images = [](std::uint64_t count) {
    return number_of(static_cast<std::int64_t>(count), "failed image");
  };
  if (receipt.received > 0) {
    print_error("{} in the quarantine '{}'\n", images(receipt.received), printable(folder));
  }
  if (receipt.missing > 0) {
    complain(fmt::format("{} not in the quarantine '{}': {}", images(receipt.missing), folder,
                         receipt.why));
  }
}

}  // namespace imagemill::cli
