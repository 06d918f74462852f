#include "engine/node/item.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "engine/node/packet.h"

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

Item::Item(ItemInfo info, std::vector<NodePlan> plans)
    : info_(std::move(info)), plans_(std::move(plans)) {}

Item::~Item() {
  if (owner_ != nullptr && !is_closed()) owner_->lost(*this);
}

void Item::set_content(const Fingerprint& content) {
  const MutexLock lock(mutex_);
  if (!closed_) content_ = content;
}

void Item::add_error(Error error) {
  const MutexLock lock(mutex_);
  if (!closed_) errors_.push_back(std::move(error));
}

void Item::add_loss(Loss loss) {
  const MutexLock lock(mutex_);
  if (closed_) return;
  const auto same = std::find_if(losses_.begin(), losses_.end(), [&](const Loss& other) {
    return other.node == loss.node && other.kind.code == loss.kind.code;
  });
  if (same == losses_.end()) {
    losses_.push_back(std::move(loss));
  } else if (loss.message < same->message) {
    *same = std::move(loss);
  }
}

void Item::add_output(Written written) {
  const MutexLock lock(mutex_);
  if (!closed_) outputs_.push_back(std::move(written));
}

bool Item::has_failed() const {
  const MutexLock lock(mutex_);
  return !errors_.empty();
}

bool Item::end_packet(Outcome outcome) {
  {
    const MutexLock lock(mutex_);
    if (!closed_) outcome_ = std::max(outcome_, outcome);
  }
  // Acquire and release: the thread that ends the last packet sees all that the others wrote.
  if (packets_.fetch_sub(1, std::memory_order_acq_rel) != 1) return false;
  return close(outcome, {});
}

bool Item::close(Outcome outcome, std::optional<Error> error) {
  const MutexLock lock(mutex_);
  if (closed_) return false;
  // Comes first because push_back may throw.
  if (error) errors_.push_back(std::move(*error));
  closed_.store(true, std::memory_order_release);
  outcome_ = errors_.empty() ? std::max(outcome_, outcome) : Outcome::failed;
  // Branches fail in any order; sorting makes the record the same in every run.
  std::sort(errors_.begin(), errors_.end(), [](const Error& a, const Error& b) {
    return std::tie(a.node, a.message) < std::tie(b.node, b.message);
  });
  if (outputs_.empty()) losses_.clear();
  std::sort(losses_.begin(), losses_.end(), [](const Loss& a, const Loss& b) {
    return std::tie(a.node, a.kind.code) < std::tie(b.node, b.kind.code);
  });
  return true;
}

std::optional<std::vector<Packet>> Item::join(std::size_t node, std::size_t port, std::size_t ports,
                                              std::size_t expected, Packet packet) {
  const MutexLock lock(mutex_);
  const std::pair key(node, packet.number);
  auto place = joining_.find(key);
  // Made in one step: if the allocation throws, no half-made entry stays for the next packet.
  if (place == joining_.end()) {
    place = joining_.emplace(key, Joining{expected, std::vector<Packet>(ports)}).first;
  }
  Joining& joining = place->second;
  // A waiting packet must not keep its own item alive.
  packet.item.reset();
  joining.packets[port] = std::move(packet);
  if (--joining.missing > 0) return {};
  std::vector<Packet> packets = std::move(joining.packets);
  joining_.erase(place);
  return packets;
}

}  // namespace imagemill
