// The nodes of engine_fixtures.h at which the way forks, comes together or multiplies.
#include <algorithm>
#include <array>
#include <span>

#include "tests/support/synthetic_nodes.h"

namespace imagemill::testing {
namespace {

// Whether an item passes a test: "<N", "~X" or "".
bool passes(std::string_view test, const ItemInfo& item) {
  if (test.empty()) return true;
  const std::string operand(test.substr(1));
  if (test.front() == '<') return item.facts.bytes < std::stoull(operand);
  return item.key.find(operand) != std::string::npos;
}

struct Choice : Labelled {
  void ask(const ItemInfo& item) const {
    if (world != nullptr) (void)world->ask(Phase::choose, label, item.key);
  }
};

struct Route : Choice {
  std::string outputs_of;

  static void describe(NodeSchema<Route>& s) {
    s.summary("Sends an item to the first output whose test it passes.");
    describe_label(s);
    s.param("outputs", &Route::outputs_of, "NAME:TEST,…");
  }
  std::vector<std::string> outputs() const {
    std::vector<std::string> names;
    for (const auto& [name, test] : parsed()) names.emplace_back(name);
    return names;
  }
  std::optional<std::size_t> choose(const ItemInfo& item) const {
    ask(item);
    const auto all = parsed();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (passes(all[i].second, item)) return i;
    }
    return {};
  }

 private:
  std::vector<std::pair<std::string_view, std::string_view>> parsed() const {
    std::vector<std::pair<std::string_view, std::string_view>> all;
    std::string_view rest = outputs_of;
    while (!rest.empty()) {
      const std::string_view one = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), one.size() + 1));
      const auto colon = std::min(one.find(':'), one.size());
      all.emplace_back(one.substr(0, colon), one.substr(std::min(one.size(), colon + 1)));
    }
    return all;
  }
};

struct Filter : Choice {
  std::string keep;

  static void describe(NodeSchema<Filter>& s) {
    s.summary("Lets the items pass that pass a test.");
    describe_label(s);
    s.param("keep", &Filter::keep, "The test.");
  }
  std::vector<std::string> outputs() const { return {""}; }
  std::optional<std::size_t> choose(const ItemInfo& item) const {
    ask(item);
    return passes(keep, item) ? std::optional<std::size_t>(0) : std::nullopt;
  }
};

struct Sized : Labelled {
  ByteSize bytes;
  ByteSize scratch_bytes;
  bool in_place = false;

  Result<Plan> plan(std::span<const Facts> in, const Demand&) const {
    Plan plan{.out = in.front(), .scratch_bytes = scratch_bytes.bytes, .in_place = in_place};
    if (bytes.bytes > 0) plan.out.bytes = bytes.bytes;
    return plan;
  }
};

template <class N>
void describe_sized(NodeSchema<N>& s) {
  describe_label(s);
  s.param("bytes", static_cast<ByteSize N::*>(&N::bytes), "Size of an output.");
  s.param("scratch_bytes", static_cast<ByteSize N::*>(&N::scratch_bytes), "Memory meanwhile.");
  s.param("in_place", static_cast<bool N::*>(&N::in_place), "Whether it may reuse its input.");
}

struct JoinBase : Sized {
  static constexpr std::array<std::string_view, 2> kInputs = {"a", "b"};

  Result<Text> work(std::span<const Text* const> in, const Call& call) const {
    const World::Visit visit(*world, label, call.item.key);
    const auto gauge = world->gauge(call.item.key);
    const Held scratch(*gauge, call.plan.plan.scratch_bytes);
    std::string text = "(";
    for (const Text* one : in) {
      if (one->content->gauge == gauge) check_part(*world, *one, call);  // else a constant
      text += (one == in.front() ? "" : "+") + one->content->text;
    }
    const Text& first = *in.front();
    const std::uint64_t size = call.plan.plan.out.bytes;
    std::shared_ptr<Content> out;
    if (first.content->gauge == gauge) {
      out = output_for(first, size, in_place);
    } else {
      out = std::make_shared<Content>("", size, gauge);
      if (call.part != nullptr) out->part = static_cast<std::int64_t>(call.part->number);
    }
    if (auto asked = world->ask(Phase::process, label, packet_key(call)); !asked) {
      return tl::make_unexpected(asked.error());
    }
    out->text = text + ")>" + label;
    if (size < out->bytes) out->resize(size);
    return Text{out};
  }
  Result<Text> work(const Text& a, const Text& b, const Call& call) const {
    const std::array<const Text*, 2> in = {&a, &b};
    return work(in, call);
  }
};

struct Join : JoinBase {
  static void describe(NodeSchema<Join>& s) { describe_sized(s); }
  Result<Text> process(const Text& a, const Text& b, const Call& call) const {
    return work(a, b, call);
  }
};

struct SerialJoin : JoinBase {
  static void describe(NodeSchema<SerialJoin>& s) { describe_sized(s); }
  Result<Text> process(const Text& a, const Text& b, const Call& call) { return work(a, b, call); }
};

struct IoJoin : JoinBase {
  static void describe(NodeSchema<IoJoin>& s) {
    describe_sized(s);
    s.resource(Resource::io, 2);
  }
  Result<Text> process(const Text& a, const Text& b, const Call& call) const {
    return work(a, b, call);
  }
};

struct Join3 : JoinBase {
  static constexpr std::array<std::string_view, 3> kInputs = {"a", "b", "c"};
  static void describe(NodeSchema<Join3>& s) { describe_sized(s); }
  Result<Text> process(const Text& a, const Text& b, const Text& c, const Call& call) const {
    const std::array<const Text*, 3> in = {&a, &b, &c};
    return work(in, call);
  }
};

struct SplitBase : Sized {
  std::int64_t parts = 2;
  bool vary = false;
  std::int64_t wrong = 0;

  Result<Plan> plan(const Facts& in, const Demand&) const {
    Plan plan{.out = in, .scratch_bytes = scratch_bytes.bytes};
    if (bytes.bytes > 0) plan.out.bytes = bytes.bytes;
    const auto most = static_cast<std::uint64_t>(parts);
    const std::uint64_t count = vary ? 1 + in.bytes % most : most;
    for (std::uint64_t i = 0; i < count; ++i) {
      plan.parts.push_back({.column = static_cast<std::int64_t>(i)});
    }
    plan.parts_bytes = count * plan.out.bytes;
    return plan;
  }
  Result<std::vector<Text>> work(const Text& in, const Call& call) const {
    const World::Visit visit(*world, label, call.item.key);
    const Held scratch(*in.content->gauge, call.plan.plan.scratch_bytes);
    check_part(*world, in, call);
    if (auto asked = world->ask(Phase::process, label, packet_key(call)); !asked) {
      return tl::make_unexpected(asked.error());
    }
    std::vector<Text> made;
    const auto count = static_cast<std::int64_t>(call.plan.plan.parts.size()) + wrong;
    for (std::int64_t i = 0; i < count; ++i) {
      const std::string text = in.content->text + "#" + std::to_string(i);
      made.push_back(
          {std::make_shared<Content>(text, call.plan.plan.out.bytes, in.content->gauge)});
      made.back().content->part = i;
    }
    return made;
  }
};

template <class N>
void describe_split(NodeSchema<N>& s) {
  describe_sized(s);
  s.param("parts", static_cast<std::int64_t N::*>(&N::parts), "How many.",
          between<std::int64_t>(0, 100'000));
  s.param("vary", static_cast<bool N::*>(&N::vary), "Or one to as many, by the input's bytes.");
  s.param("wrong", static_cast<std::int64_t N::*>(&N::wrong), "How many more than planned.");
}

struct Split : SplitBase {
  static void describe(NodeSchema<Split>& s) { describe_split(s); }
  Result<std::vector<Text>> process(const Text& in, const Call& call) const {
    return work(in, call);
  }
};

struct IoSplit : SplitBase {
  static void describe(NodeSchema<IoSplit>& s) {
    describe_split(s);
    s.resource(Resource::io, 2);
  }
  Result<std::vector<Text>> process(const Text& in, const Call& call) const {
    return work(in, call);
  }
};

struct Note {
  std::string label;
  ByteSize bytes{10};

  static void describe(NodeSchema<Note>& s) {
    s.summary("A text that is the same for every item.");
    describe_label(s);
    s.param("bytes", &Note::bytes, "Its size.");
  }
  Result<Constant<Text>> load(const Environment& environment) const {
    auto& world = dynamic_cast<World&>(*environment.files);
    if (auto asked = world.ask(Phase::load, label, ""); !asked) {
      return tl::make_unexpected(asked.error());
    }
    if (bytes.bytes > environment.memory_bytes) return failure("too_much_memory", "too large");
    const Facts facts{.format = "text", .extension = "note", .bytes = bytes.bytes};
    return Constant<Text>{.facts = facts,
                          .value = Text{std::make_shared<Content>("=" + label, bytes.bytes,
                                                                  std::make_shared<Gauge>())},
                          .losses = world.note_losses};
  }
};

}  // namespace

void add_branching_nodes(NodeRegistry& types) {
  types.add<Route>("route");
  types.add<Filter>("filter");
  types.add<Join>("join");
  types.add<SerialJoin>("serial_join");
  types.add<IoJoin>("io_join");
  types.add<Join3>("join3");
  types.add<Split>("split");
  types.add<IoSplit>("io_split");
  types.add<Note>("note");
}

}  // namespace imagemill::testing
