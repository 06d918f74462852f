// The nodes of engine_fixtures.h.
#include "tests/support/synthetic_nodes.h"

#include <algorithm>
#include <atomic>
#include <string>

#include "engine/node/item_template.h"

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
  std::vector<std::string> extensions() const { return {"txt"}; }
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
    if (world->lose) world->lose(label, packet_key(call), call.losses);
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
    add_plain_branching_nodes(types);
    return types;
  }();
  return registry;
}

}  // namespace imagemill::testing
