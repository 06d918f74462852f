// What flows on an edge.
#pragma once

#include <any>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/node/item.h"

namespace imagemill {

// A value of one of the types that nodes exchange. Copies are cheap handles on shared, immutable
// content: every payload type is a value whose copy costs a reference count.
using Payload = std::any;

// Several, in the place of one: what a joining node takes, by port, and what a one-to-many node
// makes, by part.
using Payloads = std::vector<Payload>;

// One message of an item on an edge: its payload, or the mark that took its place. Every edge
// carries as many packets for each item as were planned at admission, numbered from 0, so nothing
// downstream ever waits for one that does not come.
struct Packet {
  std::shared_ptr<Item> item;
  Outcome mark = Outcome::ok;  // anything else: no payload, and no node runs on it
  std::size_t number = 0;      // which part of the item it is
  Payload payload = {};
  std::uint64_t payload_bytes = 0;  // its size in memory
  std::int64_t ready_ns = 0;        // when it became ready for the node that it goes to
  std::int64_t partner_ns = 0;      // of what was joined: from the first that came to the last
};

}  // namespace imagemill
