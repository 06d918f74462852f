#include "engine/item.h"

#include <algorithm>

namespace imagemill {

std::string to_string(const Error& error) {
  std::string text;
  for (const std::string& part : {error.node, error.item, std::string(error.code)}) {
    if (!part.empty()) text += part + ": ";
  }
  return text + error.message;
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::skipped:
      return "skipped";
    case Outcome::ok:
      return "ok";
    case Outcome::cancelled:
      return "cancelled";
    case Outcome::failed:
      return "failed";
  }
  return "";
}

void Item::add_error(Error error) {
  const std::lock_guard lock(mutex_);
  errors_.push_back(std::move(error));
}

void Item::add_output(Written written) {
  const std::lock_guard lock(mutex_);
  outputs_.push_back(std::move(written));
}

bool Item::end_branch(Outcome outcome) {
  const std::lock_guard lock(mutex_);
  outcome_ = std::max(outcome_, outcome);
  return --open_branches_ == 0;
}

}  // namespace imagemill
