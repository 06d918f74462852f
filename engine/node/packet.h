// Packets and payloads: what flows on an edge.
#pragma once

#include <any>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/node/item.h"

namespace imagemill {

// A value of a payload type. A copy is a cheap handle on shared, immutable content: it costs one
// reference count.
using Payload = std::any;

// Several payloads in the place of one: the inputs of a joining node, by port, or the output of a
// one-to-many node, by part.
using Payloads = std::vector<Payload>;

// One message of an item on an edge: its payload, or the mark that took its place. Every edge
// carries as many packets for each item as admission planned, numbered from 0. So nothing
// downstream waits for a packet that never comes.
struct Packet {
  std::shared_ptr<Item> item;
  Outcome mark = Outcome::ok;  // not ok: the payload is empty, and no node runs on the packet
  std::size_t number = 0;      // index of the part
  Payload payload = {};
  std::uint64_t payload_bytes = 0;  // size of the payload in memory
  std::int64_t ready_ns = 0;        // when the packet became ready for its next node
  std::int64_t partner_ns = 0;      // joins only: time from the first packet to the last
};

}  // namespace imagemill
