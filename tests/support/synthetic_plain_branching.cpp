// The same as in synthetic_branching.cpp, as plain as they can be: for tests of what a graph may
// look like.
#include <array>
#include <atomic>
#include <span>

#include "tests/support/synthetic_nodes.h"

namespace imagemill::testing {
namespace {

// To the first of its outputs whose text is part of the key.
struct Choose : Labelled {
  std::vector<std::pair<std::string, std::string>> ways;
  static void describe(NodeSchema<Choose>& s) {
    s.summary("Sends an item on one of several ways.");
    describe_label(s);
    s.entries("to", &Choose::ways, "The outputs: name, and what the key must have; * is any.");
  }
  std::vector<std::string> outputs() const {
    std::vector<std::string> names;
    for (const auto& way : ways) names.push_back(way.first);
    return names;
  }
  std::optional<std::size_t> choose(const ItemInfo& item) const {
    for (std::size_t i = 0; i < ways.size(); ++i) {
      if (ways[i].second == "*" || item.key.find(ways[i].second) != std::string::npos) return i;
    }
    return {};
  }
};

struct Keep : Labelled {
  std::string part;
  static void describe(NodeSchema<Keep>& s) {
    s.summary("Lets the items pass whose key has a part.");
    describe_label(s);
    s.param("part", &Keep::part, "What the key must have.");
  }
  std::vector<std::string> outputs() const { return {""}; }
  std::optional<std::size_t> choose(const ItemInfo& item) const {
    return item.key.find(part) != std::string::npos ? std::optional<std::size_t>(0) : std::nullopt;
  }
};

struct Stamp : Labelled {
  static void describe(NodeSchema<Stamp>& s) {
    s.summary("A text that is the same for every item.");
    describe_label(s);
  }
  Result<Constant<Text>> load(const Environment& environment) const {
    // A constant belongs to no item, so it has no weight.
    auto* loading = dynamic_cast<World*>(environment.files);
    if (auto asked = loading->ask(Phase::load, label, ""); !asked)
      return tl::make_unexpected(asked.error());
    return Constant<Text>{{}, {std::make_shared<Content>(label, 0, std::make_shared<Gauge>())}};
  }
};

struct Pair : Labelled {
  static constexpr std::array<std::string_view, 2> kInputs = {"first", "second"};
  ByteSize bytes{10};
  ByteSize scratch_bytes;
  bool in_place = false;

  static void describe(NodeSchema<Pair>& s) {
    s.summary("Makes one text of two.");
    describe_label(s);
    s.param("bytes", &Pair::bytes, "Size of the output.");
    s.param("scratch_bytes", &Pair::scratch_bytes, "Memory meanwhile.");
    s.param("in_place", &Pair::in_place, "Whether it may reuse its first input.");
  }
  Result<Plan> plan(std::span<const Facts> in, const Demand&) const {
    Plan plan{.out = in[0].bytes > 0 ? in[0] : in[1], .scratch_bytes = scratch_bytes.bytes};
    plan.in_place = in_place;
    plan.out.bytes = bytes.bytes;
    return plan;
  }
  Result<Text> process(Text first, const Text& second, const Call& call) const {
    const World::Visit visit(*world, label, call.item.key);
    const auto gauge = world->gauge(call.item.key);
    const Held scratch(*gauge, scratch_bytes.bytes);
    const std::string text = "(" + first.content->text + "+" + second.content->text + ")";
    if (auto asked = world->ask(Phase::process, label, call.item.key); !asked)
      return tl::make_unexpected(asked.error());
    if (!in_place || first.content.use_count() > 1) {
      auto made = std::make_shared<Content>(text, bytes.bytes, gauge);
      if (call.part != nullptr) made->part = static_cast<std::int64_t>(call.part->number);
      return Text{made};
    }
    std::atomic_thread_fence(std::memory_order_acquire);
    first.content->text = text;
    first.content->resize(bytes.bytes);
    return first;
  }
};

struct Cut : Labelled {
  int count = 3;
  ByteSize bytes{10};

  static void describe(NodeSchema<Cut>& s) {
    s.summary("Makes several texts of one.");
    describe_label(s);
    s.param("count", &Cut::count, "How many.");
    s.param("bytes", &Cut::bytes, "Size of each.");
  }
  Result<Plan> plan(const Facts& in, const Demand&) const {
    Plan plan{.out = in};
    plan.out.bytes = bytes.bytes;
    for (int i = 0; i < count; ++i) plan.parts.push_back({.level = 7, .column = i, .row = -i});
    plan.parts_bytes = static_cast<std::uint64_t>(count) * bytes.bytes;
    return plan;
  }
  Result<std::vector<Text>> process(const Text& in, const Call& call) const {
    const World::Visit visit(*world, label, call.item.key);
    if (auto asked = world->ask(Phase::process, label, call.item.key); !asked)
      return tl::make_unexpected(asked.error());
    std::vector<Text> parts;
    for (int i = 0; i < count; ++i) {
      parts.push_back({std::make_shared<Content>(in.content->text + "#" + std::to_string(i),
                                                 bytes.bytes, in.content->gauge)});
      parts.back().content->part = i;
    }
    return parts;
  }
};

}  // namespace

void add_plain_branching_nodes(NodeRegistry& types) {
  types.add<Choose>("choose");
  types.add<Keep>("keep");
  types.add<Stamp>("stamp");
  types.add<Pair>("pair");
  types.add<Cut>("cut");
}

}  // namespace imagemill::testing
