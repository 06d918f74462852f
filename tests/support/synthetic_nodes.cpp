// The nodes of engine_fixtures.h.
#include "tests/support/synthetic_nodes.h"

#include <algorithm>
#include <atomic>
#include <string>

#include "engine/item_template.h"

namespace imagemill::testing {

Content::Content(std::string t, std::uint64_t b, std::shared_ptr<Gauge> g)
    : text(std::move(t)), bytes(b), gauge(std::move(g)) {
  gauge->add(bytes);
}

void Content::resize(std::uint64_t to) {
  if (to > bytes) gauge->add(to - bytes);
  if (to < bytes) gauge->subtract(bytes - to);
  bytes = to;
}

namespace {

struct Items : Labelled {
  static void describe(NodeSchema<Items>& s) {
    s.summary("Yields the items of the test.");
    s.resource(Resource::io, 1);
    describe_label(s);
  }
  bool ordered() const { return world != nullptr && world->ordered; }
  Result<std::unique_ptr<Cursor>> list() const {
    if (auto asked = world->ask(Phase::list, label, ""); !asked) {
      return tl::make_unexpected(asked.error());
    }
    if (world->cursor) return world->cursor();
    world->index_entries();
    std::vector<Entry> entries;
    for (const auto& entry : world->entries) entries.push_back({.key = entry.key});
    for (const Error& error : world->unreadable) entries.push_back({error.item, error});
    return cursor_of(std::move(entries));
  }
  Result<std::optional<Candidate<Text>>> probe(const std::string& key) const {
    if (auto asked = world->ask(Phase::probe, label, key); !asked) {
      return tl::make_unexpected(asked.error());
    }
    const World::Entry entry = world->entry(key);
    if (entry.ignored) return std::optional<Candidate<Text>>();
    Facts facts{.width = entry.width,
                .height = entry.height,
                .pixel_width = entry.width,
                .pixel_height = entry.height,
                .format = "text",
                .extension = "txt",
                .bytes = entry.bytes};
    return Candidate<Text>{
        facts, [this, key, bytes = entry.bytes] { return load(key, bytes); }, {}, stamp_of(entry)};
  }
  std::optional<FileStamp> stamp(const std::string& key) const {
    return stamp_of(world->entry(key));
  }
  std::optional<Fingerprint> fingerprint(const std::string& key) const {
    const std::string text = text_of(key);
    return imagemill::fingerprint(
        {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  }

 private:
  static FileStamp stamp_of(const World::Entry& entry) { return {entry.bytes, entry.modified}; }
  std::string text_of(const std::string& key) const {
    const int version = world->entry(key).version;
    return version == 0 ? key : key + "@" + std::to_string(version);
  }
  Result<Text> load(const std::string& key, std::uint64_t bytes) const {
    const World::Visit visit(*world, label, key);
    if (auto asked = world->ask(Phase::load, label, key); !asked) {
      return tl::make_unexpected(asked.error());
    }
    return Text{std::make_shared<Content>(text_of(key), bytes, world->gauge(key))};
  }
};

struct StepBase : Labelled {
  ByteSize bytes;
  ByteSize scratch_bytes;
  bool in_place = false;
  std::int64_t width = 0;  // of the output; 0: as the input

  Result<Plan> plan(const Facts& in, const Demand& demand) const {
    if (world != nullptr) {
      const std::string wanted = std::to_string(demand.width) + "x" + std::to_string(demand.height);
      if (auto asked = world->ask(Phase::plan, label, wanted); !asked) {
        return tl::make_unexpected(asked.error());
      }
    }
    Plan plan{.out = in, .scratch_bytes = scratch_bytes.bytes, .in_place = in_place};
    if (bytes.bytes > 0) plan.out.bytes = bytes.bytes;
    if (width > 0) {
      plan.out.height = in.height * width / in.width;
      plan.out.width = width;
    }
    return plan;
  }
  Demand demand(const Facts& in, const Demand& on_output) const {
    if (width == 0) return on_output;
    // As a resize: twice the size of the result will do.
    return {std::min(in.width, 2 * width), std::min(in.height, 2 * width * in.height / in.width)};
  }
  Result<Text> work(const Text& in, const Call& call) const {
    const World::Visit visit(*world, label, call.item.key);
    const Held scratch(*in.content->gauge, call.plan.plan.scratch_bytes);
    const std::uint64_t size = call.plan.plan.out.bytes;
    check_part(*world, in, call);
    const std::shared_ptr<Content> out = output_for(in, size, in_place);
    if (auto asked = world->ask(Phase::process, label, packet_key(call)); !asked) {
      return tl::make_unexpected(asked.error());
    }
    out->text += ">" + label;
    if (size < out->bytes) out->resize(size);
    return Text{out};
  }
};

template <class N>
void describe_step(NodeSchema<N>& s) {
  s.summary("Appends its label to the text.");
  describe_label(s);
  s.param("bytes", static_cast<ByteSize N::*>(&N::bytes), "Size of the output.");
  s.param("scratch_bytes", static_cast<ByteSize N::*>(&N::scratch_bytes), "Memory meanwhile.");
  s.param("in_place", static_cast<bool N::*>(&N::in_place), "Whether it may reuse its input.");
  s.param("width", static_cast<std::int64_t N::*>(&N::width), "Width of the output.",
          between<std::int64_t>(0, 1000));
}

struct Step : StepBase {
  static void describe(NodeSchema<Step>& s) { describe_step(s); }
  Result<Text> process(const Text& in, const Call& call) const { return work(in, call); }
};

struct SerialStep : StepBase {
  static void describe(NodeSchema<SerialStep>& s) { describe_step(s); }
  Result<Text> process(const Text& in, const Call& call) { return work(in, call); }
};

struct IoStep : StepBase {
  static void describe(NodeSchema<IoStep>& s) {
    describe_step(s);
    s.resource(Resource::io, 2);
  }
  Result<Text> process(const Text& in, const Call& call) const { return work(in, call); }
};

// Counts a user as long as it lives.
class Use {
 public:
  explicit Use(std::atomic<int>& users) : users_(users) { ++users_; }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  ~Use() { --users_; }

 private:
  std::atomic<int>& users_;
};

struct ScratchStep : StepBase {
  struct Scratch {
    std::unique_ptr<std::atomic<int>> users = std::make_unique<std::atomic<int>>(0);
  };
  static void describe(NodeSchema<ScratchStep>& s) { describe_step(s); }
  Result<Scratch> make_scratch() const {
    if (auto asked = world->ask(Phase::scratch, label, ""); !asked) {
      return tl::make_unexpected(asked.error());
    }
    world->count_scratch(label);
    return Scratch();
  }
  Result<Text> process(const Text& in, Scratch& scratch, const Call& call) const {
    const Use use(*scratch.users);
    if (*scratch.users != 1) world->found_shared_scratch();
    return work(in, call);
  }
};

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
    // Of no item, so it weighs nothing.
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

struct Measure : Labelled {
  static void describe(NodeSchema<Measure>& s) { describe_label(s); }
  Result<Number> process(const Text& in) const { return Number{in.content->text.size()}; }
};

struct SinkBase : Labelled {
  std::string path;
  bool parts = false;

  Result<Plan> plan(const Facts&, const Demand&) const { return Plan{}; }
  PathTemplate target() const {
    const std::string number = parts ? ".{number}" : "";
    return PathTemplate::parse((path.empty() ? label + "/{dir}/{name}" : path) + number).value();
  }
  std::vector<std::string> fields() const { return target().fields(); }
  std::string claim(const ItemInfo& item, const Facts& in, const PartOf* part) const {
    return target().expand(item, in.extension, part);
  }
  Result<Written> write(const Text& in, const Call& call) const {
    check_part(*world, in, call);
    return write(in.content->text, call);
  }
  Result<Written> write(const std::string& text, const Call& call) const {
    const World::Visit visit(*world, label, call.item.key);
    if (auto asked = world->ask(Phase::process, label, packet_key(call)); !asked) {
      return tl::make_unexpected(asked.error());
    }
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    const std::span<const std::uint8_t> content(bytes, text.size());
    return world->replace("", call.claim(), content, Durability::none).map([&](FileStamp stamp) {
      Written written{.path = call.claim(), .stamp = stamp, .content = fingerprint(content)};
      if (world->on_written) world->on_written(written);
      return written;
    });
  }
};

template <class N>
void describe_sink(NodeSchema<N>& s) {
  s.summary("Writes the text.");
  describe_label(s);
  s.param("path", static_cast<std::string N::*>(&N::path), "Where to.");
  s.param("parts", static_cast<bool N::*>(&N::parts), "Whether to add the part's number to it.");
}

struct Store : SinkBase {
  static void describe(NodeSchema<Store>& s) {
    describe_sink(s);
    s.resource(Resource::io, 2);
  }
  Result<Written> process(const Text& in, const Call& call) const { return write(in, call); }
};

struct Collect : SinkBase {
  static void describe(NodeSchema<Collect>& s) { describe_sink(s); }
  Result<Written> process(const Text& in, const Call& call) const { return write(in, call); }
};

struct SerialCollect : SinkBase {
  static void describe(NodeSchema<SerialCollect>& s) { describe_sink(s); }
  Result<Written> process(const Text& in, const Call& call) { return write(in, call); }
};

struct FileNumber : SinkBase {
  static void describe(NodeSchema<FileNumber>& s) { describe_sink(s); }
  Result<Written> process(Number in, const Call& call) const {
    return write(std::to_string(in.value), call);
  }
};

}  // namespace

void add_basic_nodes(NodeRegistry& types) {
  types.add<Items>("items");
  types.add<Step>("step");
  types.add<SerialStep>("serial_step");
  types.add<IoStep>("io_step");
  types.add<ScratchStep>("scratch_step");
  types.add<Measure>("measure");
  types.add<Store>("store");
  types.add<Collect>("collect");
  types.add<SerialCollect>("serial_collect");
  types.add<FileNumber>("file_number");
}

const NodeRegistry& synthetic_nodes() {
  static const NodeRegistry registry = [] {
    NodeRegistry types;
    add_basic_nodes(types);
    add_branching_nodes(types);
    types.add<Choose>("choose");
    types.add<Keep>("keep");
    types.add<Stamp>("stamp");
    types.add<Pair>("pair");
    types.add<Cut>("cut");
    return types;
  }();
  return registry;
}

}  // namespace imagemill::testing
