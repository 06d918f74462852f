#include "cli/display/first_failures.h"

#include "cli/display/terminal.h"

namespace imagemill::cli {

void FirstFailures::add(const std::function<std::string()>& text) {
  constexpr std::size_t kShown = 10;
  if (shown_.size() < kShown) shown_.push_back(text());
  ++count_;
}

void FirstFailures::print(const std::string& all) const {
  for (const std::string& failure : shown_) print_error("failed: {}\n", printable(failure));
  if (count_ <= shown_.size()) return;
  print_error("… and {} more ({} lists them all)\n", count_ - shown_.size(),
              all.empty() ? "--failures FILE" : printable(all));
}

}  // namespace imagemill::cli
