#include "engine/item.h"

#include <algorithm>
#include <utility>

#include "engine/packet.h"

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

// Packets of one number that wait for their partners.
struct Item::Joining {
  std::size_t missing;
  std::vector<Packet> packets;  // by port
};

Item::Item(ItemInfo info, std::vector<NodePlan> plans)
    : info_(std::move(info)), plans_(std::move(plans)) {}

Item::~Item() = default;

void Item::add_error(Error error) {
  const std::lock_guard lock(mutex_);
  errors_.push_back(std::move(error));
}

void Item::add_output(Written written) {
  const std::lock_guard lock(mutex_);
  outputs_.push_back(std::move(written));
}

bool Item::end_packet(Outcome outcome) {
  {
    const std::lock_guard lock(mutex_);
    outcome_ = std::max(outcome_, outcome);
  }
  // Whoever takes the last one sees what all others have written.
  return packets_.fetch_sub(1, std::memory_order_acq_rel) == 1;
}

std::optional<std::vector<Packet>> Item::join(std::size_t node, std::size_t port, std::size_t ports,
                                              std::size_t expected, Packet packet) {
  const std::lock_guard lock(mutex_);
  const auto place = joining_.try_emplace({node, packet.number}).first;
  if (place->second == nullptr) {
    place->second = std::make_unique<Joining>(Joining{expected, std::vector<Packet>(ports)});
  }
  Joining& joining = *place->second;
  // What waits here must not keep its own item alive.
  packet.item.reset();
  joining.packets[port] = std::move(packet);
  if (--joining.missing > 0) return {};
  std::vector<Packet> packets = std::move(joining.packets);
  joining_.erase(place);
  return packets;
}

}  // namespace imagemill
