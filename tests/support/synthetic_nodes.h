// What the synthetic nodes have in common. Only their own files include this.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "engine/node/registry.h"
#include "tests/support/engine_fixtures.h"

namespace imagemill::testing {

// What every synthetic node has.
struct Labelled {
  std::string label;
  World* world = nullptr;

  Result<void> open(const Environment& environment) {
    world = dynamic_cast<World*>(environment.files);
    return world == nullptr ? Result<void>() : world->ask(Phase::open, label, "");
  }
  Result<void> close() {
    return world == nullptr ? Result<void>() : world->ask(Phase::close, label, "");
  }
};

template <class N>
void describe_label(NodeSchema<N>& s) {
  s.param("label", static_cast<std::string N::*>(&N::label), "The name by which tests know it.");
}

// Holds bytes of an item for a while.
class Held {
 public:
  Held(Gauge& gauge, std::uint64_t bytes) : gauge_(gauge), bytes_(bytes) { gauge_.add(bytes_); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() { gauge_.subtract(bytes_); }

 private:
  Gauge& gauge_;
  std::uint64_t bytes_;
};

// By which a node's hook is asked about a packet: the item's key, and behind a one-to-many node the
// number of the part.
inline std::string packet_key(const Call& call) {
  if (call.part == nullptr) return call.item.key;
  return call.item.key + "#" + std::to_string(call.part->number);
}

// Whether the world's nodes got the packets that belong together.
inline void check_part(World& world, const Text& in, const Call& call) {
  const std::int64_t part =
      call.part == nullptr ? Content::kWhole : static_cast<std::int64_t>(call.part->number);
  if (in.content->part != part || (call.part != nullptr && call.part->number != call.number)) {
    world.found_wrong_part();
  }
}

// What a node that makes `size` bytes of `in` writes to: the memory of `in` itself, if it may and
// nobody else holds it.
inline std::shared_ptr<Content> output_for(const Text& in, std::uint64_t size, bool in_place) {
  if (in_place && in.content.use_count() == 1) {
    // What others did with the content before they let go of it is done: letting go of a handle
    // synchronises with those who did so before.
    std::shared_ptr<Content>(in.content).reset();
    if (size > in.content->bytes) in.content->resize(size);
    return in.content;
  }
  auto out = std::make_shared<Content>(in.content->text, size, in.content->gauge);
  out->part = in.content->part;
  return out;
}

void add_basic_nodes(NodeRegistry& types);            // synthetic_nodes.cpp
void add_branching_nodes(NodeRegistry& types);        // synthetic_branching.cpp
void add_plain_branching_nodes(NodeRegistry& types);  // synthetic_plain_branching.cpp

}  // namespace imagemill::testing
