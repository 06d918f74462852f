#include "tests/support/node_runner.h"

#include <sstream>
#include <stdexcept>

#include "engine/node/registry.h"
#include "nodes/imaging/codec/codec_table.h"
#include "tests/support/catch.h"
#include "tests/support/faulty_file_system.h"

namespace imagemill::testing {
namespace {

template <class T>
struct Given {
  static void describe(NodeSchema<Given>& s) { s.summary("What a test hands in."); }
  Result<std::unique_ptr<Cursor>> list() const { return cursor_of({}); }
  Result<std::optional<Candidate<T>>> probe(const std::string&) const {
    return std::optional<Candidate<T>>();
  }
};

template <class T>
struct Taken {
  static void describe(NodeSchema<Taken>& s) { s.summary("What a test takes out."); }
  Result<Written> process(T) const { return Written{}; }
};

template <class T>
struct TakenParts : Taken<T> {
  static void describe(NodeSchema<TakenParts>& s) { s.summary("What a test takes out."); }
  Result<Written> process(T) const { return Written{}; }
  std::vector<std::string> fields() const { return {"number"}; }
};

struct TakenBoth {
  static constexpr std::array<std::string_view, 2> kInputs = {"first", "second"};
  static void describe(NodeSchema<TakenBoth>& s) { s.summary("What a test takes out."); }
  Result<Written> process(const Image&, const Image&) const { return Written{}; }
};

// The outputs that a node's YAML names; one without a name if none.
std::vector<std::string> outputs_in(const std::string& body) {
  const std::string key = "outputs: {";
  const auto at = body.find(key);
  if (at == std::string::npos) return {""};
  const auto begin = at + key.size();
  std::istringstream entries(body.substr(begin, body.find('}', begin) - begin));
  std::vector<std::string> names;
  for (std::string entry; std::getline(entries, entry, ',');) {
    const auto from = entry.find_first_not_of(' ');
    names.push_back(entry.substr(from, entry.find(':') - from));
  }
  return names;
}

template <class T>
void add_ends(NodeRegistry& registry) {
  registry.add<Given<T>>("given_" + std::string(T::kTypeName));
  registry.add<Taken<T>>("taken_" + std::string(T::kTypeName));
  registry.add<TakenParts<T>>("taken_parts_" + std::string(T::kTypeName));
}

// The name of the node under test in graph_around.
constexpr const char* kNode = "node";

LoadedGraph load(const std::string& node, const NodeRegistry& types = registry_with_ends()) {
  auto loaded = parse_graph(graph_around(node, types), "test", {}, types);
  if (loaded) return std::move(*loaded);
  std::string faults;
  for (const Diagnostic& fault : loaded.error()) faults += to_string(fault) + "\n";
  throw std::runtime_error(faults);
}

// Compares the plan of one payload with the payload.
class PlanFaults {
 public:
  template <class T>
  void equal(std::string_view what, const T& planned, const T& made) {
    if (!(made == planned)) add(what, planned, made);
  }
  template <class T>
  void at_most(std::string_view what, const T& planned, const T& made) {
    if (made > planned) add(what, planned, made);
  }

  std::vector<std::string> faults;

 private:
  template <class T>
  void add(std::string_view what, const T& planned, const T& made) {
    std::ostringstream text;
    text << what << ": planned " << planned << ", made " << made;
    faults.push_back(text.str());
  }
};

Size full_size(const Facts& facts) {
  return {static_cast<int>(facts.width), static_cast<int>(facts.height)};
}

Size pixels_of(const Facts& facts) {
  return {static_cast<int>(facts.pixel_width), static_cast<int>(facts.pixel_height)};
}

PixelFormat format_of(const Facts& facts) { return {facts.channels, facts.bits}; }

void compare(const Image& image, const Facts& planned, PlanFaults& found) {
  found.at_most<std::uint64_t>("bytes", planned.bytes, image.byte_size());
  found.equal("size", full_size(planned), image.full_size());
  found.equal("pixels", pixels_of(planned), image.size());
  found.equal("format", format_of(planned), image.format());
}

void compare(const imaging::Encoded& file, const Facts& planned, PlanFaults& found) {
  found.at_most<std::uint64_t>("bytes", planned.bytes, file.byte_size());
  const auto name_of = [](const imaging::Codec* codec) {
    return codec == nullptr ? "none" : codec->name;
  };
  const imaging::Codec* codec = imaging::codecs().sniff(*file.bytes);
  found.equal("codec", name_of(imaging::codecs().find(planned.format)), name_of(codec));
  if (codec == nullptr) return;  // a descriptor
  const Facts made = facts_of(*file.bytes);
  found.equal("extension", planned.extension, made.extension);
  found.equal("pixels", pixels_of(planned), pixels_of(made));
  found.equal("format", format_of(planned), format_of(made));
}

void compare(const Payloads& parts, const Plan& planned, PlanFaults& found) {
  found.equal("parts", planned.parts.size(), parts.size());
  std::uint64_t bytes = 0;
  for (const Payload& part : parts) {
    const auto image = std::any_cast<Image>(part);
    found.at_most<std::uint64_t>("bytes of a part", planned.out.bytes, image.byte_size());
    found.at_most<std::int64_t>("width of a part", planned.out.pixel_width, image.width());
    found.at_most<std::int64_t>("height of a part", planned.out.pixel_height, image.height());
    found.equal("format of a part", format_of(planned.out), image.format());
    bytes += image.byte_size();
  }
  found.at_most("bytes of all parts", planned.parts_bytes, bytes);
}

}  // namespace

std::vector<std::string> plan_faults(const Payload& out, const Plan& plan) {
  PlanFaults found;
  if (const auto* parts = std::any_cast<Payloads>(&out)) compare(*parts, plan, found);
  if (const auto* image = std::any_cast<Image>(&out)) compare(*image, plan.out, found);
  if (const auto* file = std::any_cast<imaging::Encoded>(&out)) compare(*file, plan.out, found);
  return found.faults;
}

NodeRegistry with_ends(NodeRegistry types) {
  add_ends<Image>(types);
  add_ends<imaging::Encoded>(types);
  types.add<TakenBoth>("taken_both");
  return types;
}

const NodeRegistry& registry_with_ends() {
  static const NodeRegistry registry = with_ends(NodeRegistry::global());
  return registry;
}

std::string graph_around(const std::string& node, const NodeRegistry& types) {
  const auto begin = node.find("type: ") + 6;
  const std::string name = node.substr(begin, node.find_first_of(",}", begin) - begin);
  const NodeType* type = types.find(name);
  if (type == nullptr) throw std::invalid_argument("no node type is called '" + name + "'");
  std::string yaml = "imagemill: 1\nnodes:\n";
  std::string body = node;
  // What comes to a node of any type is an image; so is what a choice gives.
  const auto or_image = [](std::string_view payload) {
    return std::string(payload.empty() ? Image::kTypeName : payload);
  };
  if (type->role != Role::source) {
    const std::string given = type->inputs.empty() ? "" : std::string(type->inputs.front().type);
    yaml += "  given: {type: given_" + or_image(given) + "}\n";
  }
  if (type->inputs.size() == 1) body.insert(1, "in: given, ");
  if (type->inputs.size() > 1) {
    std::string ports;
    for (const InputPort& port : type->inputs) {
      ports += (ports.empty() ? "" : ", ") + std::string(port.name) + ": given";
    }
    body.insert(1, "in: {" + ports + "}, ");
  }
  yaml += std::string("  ") + kNode + ": " + body + "\n";
  if (type->role == Role::constant) {
    yaml += std::string("  taken: {type: taken_both, in: {first: given, second: ") + kNode + "}}\n";
  } else if (type->role != Role::sink) {
    for (const std::string& output : outputs_in(body)) {
      yaml += "  taken" + output + ": {type: taken_" +
              (type->arity == Arity::many ? "parts_" : "") + or_image(type->output) +
              ", in: " + kNode + (output.empty() ? "" : "." + output) + "}\n";
    }
  }
  return yaml;
}

NodeRunner::NodeRunner(const std::string& node, const Environment& environment,
                       const NodeRegistry& types)
    : loaded_(std::make_unique<LoadedGraph>(load(node, types))) {
  while (graph_node().name != kNode) ++index_;
  if (auto opened = this->node().open(environment); !opened) {
    throw std::runtime_error(to_string(opened.error()));
  }
  auto scratch = this->node().make_scratch();
  if (!scratch) throw std::runtime_error(to_string(scratch.error()));
  scratch_ = std::move(*scratch);
}

Result<NodePlan> NodeRunner::plan(const Facts& in) const {
  const auto plans = loaded_->graph.plan({.index = 0, .key = "folder/input.file", .facts = in});
  if (!plans) return tl::make_unexpected(plans.error());
  return (*plans)[index_];
}

Result<Payload> NodeRunner::process(const Payload& in, const NodePlan& plan,
                                    Node::Scratch* scratch) const {
  return process(Payloads(graph_node().type->inputs.size(), in), plan, scratch);
}

Result<Payload> NodeRunner::process(Payloads in, const NodePlan& plan,
                                    Node::Scratch* scratch) const {
  const ItemInfo item{.index = 0, .key = "folder/input.file", .facts = plan.in};
  return node().process(in, scratch,
                        Call{.item = item,
                             .plan = plan,
                             .number = 0,
                             .part = nullptr,
                             .lease_bytes = 0,
                             .losses = losses_});
}

Result<Payload> NodeRunner::run_payload(const Payload& in) {
  const auto planned = plan(facts_of(in));
  if (!planned) return tl::make_unexpected(planned.error());
  auto out = process(in, *planned, scratch_.get());
  if (out) CHECK(plan_faults(*out, planned->plan) == std::vector<std::string>());
  return out;
}

Result<Image> NodeRunner::run(const Image& image) {
  auto out = run_payload(image);
  if (!out) return tl::make_unexpected(out.error());
  return std::any_cast<Image>(*out);
}

Result<Image> NodeRunner::run(const Bytes& file) {
  auto out = run_payload(encoded(file));
  if (!out) return tl::make_unexpected(out.error());
  return std::any_cast<Image>(*out);
}

Result<Bytes> NodeRunner::encode(const Image& image) {
  auto out = run_payload(image);
  if (!out) return tl::make_unexpected(out.error());
  return *std::any_cast<imaging::Encoded>(*out).bytes;
}

Result<void> open_node(const std::string& node, const Environment& environment) {
  return load(node).graph.open(environment);
}

Payload encoded(const Bytes& file) { return imaging::Encoded{std::make_shared<const Bytes>(file)}; }

Facts facts_of(const Image& image) {
  return {.width = image.full_size().width,
          .height = image.full_size().height,
          .pixel_width = image.width(),
          .pixel_height = image.height(),
          .channels = image.format().channels,
          .bits = image.format().bits,
          .orientation = 1,
          .format = {},
          .extension = {},
          .bytes = image.byte_size(),
          .codec_bytes = 0,
          .profile_bytes = image.icc() ? image.icc()->size() : 0};
}

Facts facts_of(const Bytes& file) {
  MemoryFileSystem files;
  files.put("./file", std::string(file.begin(), file.end()));
  Environment environment{.input = ".", .output = "out"};
  environment.files = &files;
  const NodeRunner read("{type: read}", environment);
  const auto candidate = read.node().probe("file");
  if (!candidate) throw std::runtime_error(to_string(candidate.error()));
  if (!*candidate) throw std::runtime_error("this is no image file");
  return (*candidate)->facts;
}

Facts facts_of(const Payload& payload) {
  if (const auto* image = std::any_cast<Image>(&payload)) return facts_of(*image);
  return facts_of(*std::any_cast<imaging::Encoded>(payload).bytes);
}

}  // namespace imagemill::testing
