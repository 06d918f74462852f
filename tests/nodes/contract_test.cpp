// The contract of every node type, whoever wrote it.
#include <algorithm>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <thread>

#include "engine/base/sha256.h"
#include "engine/node/condition.h"
#include "nodes/imaging/codec/codec_table.h"
#include "tests/support/catch.h"
#include "tests/support/node_contracts.h"
#include "tests/support/node_examples.h"
#include "tests/support/photo_set.h"
#include "tests/support/temporary_folder.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

const std::string kNoFault;

// The faults of the example with one more line about it; empty where it builds.
std::string faults_of(const NodeType& type, const std::string& parameter) {
  const auto loaded =
      parse_graph(graph_around(example_with(type, parameter)), "test", {}, registry_with_ends());
  std::string faults;
  if (!loaded) {
    for (const Diagnostic& fault : loaded.error()) faults += fault.message + "\n";
  }
  return faults;
}

std::string quoted(const std::string& text) { return '"' + text + '"'; }

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

// Text that no parameter of this type takes; empty for a type that takes any.
std::string nonsense_for(const ParamSpec& param) {
  static const std::map<std::string, std::string> kNonsense = {
      {"text", ""},
      {"true or false", "yes"},
      {"whole number", "1.5"},
      {"number", "much"},
      {"one of", "nonsense"},
      {"length (px or %)", "-1px"},
      {"size in bytes", "12 potatoes"},
      {"path template", "{nonsense}"},
      {"text with fields", "{nonsense}"},
      {std::string(TextValue<Condition>::type), "width is large"},
      {"colour (#rrggbb, white or black)", "reddish"}};
  const auto found = kNonsense.find(param.type);
  if (found == kNonsense.end())
    FAIL("a new type of parameter, '" << param.type << "': what is nonsense for it?");
  return found->second;
}

Environment real(const TemporaryFolder& folder) {
  std::filesystem::create_directories(folder / "in");
  Environment environment;
  environment.input = folder / "in";
  environment.output = folder / "out";
  environment.digests = Digests::on;
  return environment;
}

struct NamedPayload {
  std::string name;
  Payload payload;
};

// Pictures of every kind as the node's first input takes them: of files, one of every codec that
// carries such pixels.
std::vector<NamedPayload> payloads_for(const NodeType& type) {
  std::vector<NamedPayload> payloads;
  for (const PictureKind& kind : all_kinds()) {
    const Image image = noise_of(kind);
    if (type.inputs.front().type == Image::kTypeName) {
      payloads.push_back({to_string(kind), image});
      continue;
    }
    const imaging::EncodeOptions options{.quality = 100,
                                         .subsampling = imaging::Subsampling::s444,
                                         .progressive = kind.size.width > 100,
                                         .level = 1};
    for (const imaging::Codec* codec : imaging::codecs().writable()) {
      if (kind.format.bits == 16 && !codec->carries.deep) continue;
      if (kind.format.has_alpha() && !codec->carries.alpha) continue;
      payloads.push_back({to_string(kind) + ", " + std::string(codec->kind),
                          encoded(codec->make_encoder()->encode(image, options).value())});
    }
  }
  return payloads;
}

// Everything that matters of an output, as text.
std::string digest_of(const Payload& payload) {
  if (const auto* image = std::any_cast<Image>(&payload)) {
    return to_hex(sha256(png_file(*image)));  // with the profile
  }
  if (const auto* parts = std::any_cast<Payloads>(&payload)) {
    std::string digests;
    for (const Payload& part : *parts) digests += digest_of(part) + " ";
    return digests;
  }
  if (const auto* file = std::any_cast<imaging::Encoded>(&payload))
    return to_hex(sha256(*file->bytes));
  return std::any_cast<Written>(payload).sha256;
}

}  // namespace

TEST_CASE("Every file in nodes/ and examples/ registers the type of its name", "[nodes]") {
  std::vector<std::string> files;
  for (const char* folder : {"/nodes", "/examples"}) {
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(IMAGEMILL_SOURCES) + folder)) {
      if (entry.path().extension() == ".cpp") files.push_back(entry.path().stem());
    }
  }
  std::sort(files.begin(), files.end());
  CHECK(files == NodeRegistry::global().names());
}

TEST_CASE("Every node type says what it does and how it is written", "[nodes]") {
  for (const NodeType* type : all_types()) {
    INFO(type->name);
    CHECK(type->schema.summary.ends_with("."));
    CHECK(type->schema.example.find("{type: " + type->name) != std::string::npos);
    CHECK(faults_of(*type, "concurrency: 1").empty());
    for (const ParamSpec& param : type->schema.params) {
      INFO(param.name);
      CHECK(param.doc.ends_with("."));
      CHECK_FALSE(param.type.empty());
    }
  }
}

TEST_CASE("Every default is accepted as a user would write it", "[nodes]") {
  for (const NodeType* type : all_types()) {
    const auto node = type->make();
    for (const ParamSpec& param : type->schema.params) {
      if (param.keyed) continue;
      INFO(type->name << "." << param.name << ": " << param.default_text);
      CHECK(param.set(node->parameters(), param.default_text).value_or("") == kNoFault);
    }
  }
}

TEST_CASE("Every choice of every parameter is accepted", "[nodes]") {
  for (const NodeType* type : all_types()) {
    for (const ParamSpec& param : type->schema.params) {
      for (const std::string& choice : param.choices)
        CHECK(faults_of(*type, param.name + ": " + quoted(choice)) == kNoFault);
    }
  }
}

TEST_CASE("A value that no parameter takes is refused by its name", "[nodes]") {
  for (const NodeType* type : all_types()) {
    for (const ParamSpec& param : type->schema.params) {
      if (param.keyed) continue;
      const std::string nonsense = nonsense_for(param);
      if (nonsense.empty()) continue;
      INFO(type->name << "." << param.name);
      CHECK(faults_of(*type, param.name + ": " + quoted(nonsense))
                .starts_with(param.name + ": '" + nonsense + "' is not "));
      CHECK(faults_of(*type, param.name + ": [1, 2]") != kNoFault);
    }
  }
}

TEST_CASE("The bounds of a number are the last values accepted", "[nodes]") {
  for (const NodeType* type : all_types()) {
    for (const ParamSpec& param : type->schema.params) {
      if (!param.type.ends_with("number") || param.bounds.empty()) continue;
      INFO(type->name << "." << param.name << ": " << param.bounds);
      const auto bounds = words(param.bounds);  // "1 to 100", "at least 1"
      const bool open = bounds.front() == "at";
      const double low = std::stod(bounds.at(open ? 2 : 0));
      const auto fault_at = [&](double value) {
        return faults_of(*type,
                         param.name + ": " + std::to_string(static_cast<std::int64_t>(value)));
      };
      const auto accepted_at = [&](double value) {
        return !fault_at(value).starts_with(param.name + ": ");
      };
      CHECK(accepted_at(low));
      CHECK(fault_at(low - 1).find("(" + param.bounds + ")") != std::string::npos);
      if (open) continue;
      CHECK(accepted_at(std::stod(bounds.at(2))));
      CHECK(fault_at(std::stod(bounds.at(2)) + 1).starts_with(param.name + ": "));
    }
  }
}

TEST_CASE("A misspelt parameter is refused and the right one suggested", "[nodes]") {
  for (const NodeType* type : all_types()) {
    for (const ParamSpec& param : type->schema.params) {
      CHECK(faults_of(*type, param.name + "x: 1") ==
            "node type '" + type->name + "' has no parameter '" + param.name +
                "x'; did you mean '" + param.name + "'?\n");
    }
  }
}

TEST_CASE("Every node's plan bounds what comes out of it", "[nodes]") {
  for (const NodeType* type : all_types()) {
    if (type->role != Role::transform && type->role != Role::sink) continue;
    const TemporaryFolder folder;
    NodeRunner runner(example_of(*type), real(folder));
    for (const NamedPayload& in : payloads_for(*type)) {
      INFO(type->name << ": " << in.name);
      const auto out = runner.run_payload(in.payload);  // which checks it
      if (type->role == Role::transform) CHECK(out);
    }
  }
}

// Shards know from it which paths an item may claim.
TEST_CASE("Every node says which extensions it gives its output", "[nodes]") {
  for (const NodeType* type : all_types()) {
    if (type->role != Role::transform) continue;
    NodeRunner runner(example_of(*type));
    const std::vector<std::string> said = runner.node().extensions();
    for (const NamedPayload& in : payloads_for(*type)) {
      const Facts facts = facts_of(in.payload);
      const auto plan = runner.plan(facts);
      REQUIRE(plan);
      const std::string extension(plan->plan.out.extension);
      INFO(type->name << ": " << in.name << ": " << extension);
      const bool is_said = std::find(said.begin(), said.end(), extension) != said.end();
      CHECK((is_said || extension.empty() || extension == facts.extension));
    }
  }
  const std::vector<std::string> formats =
      NodeRegistry::global().find("read")->make()->extensions();
  for (const imaging::Codec* codec : imaging::codecs().all()) {
    CHECK(std::find(formats.begin(), formats.end(), codec->extension()) != formats.end());
  }
}

TEST_CASE("Every node makes the same of the same, and of other inputs in between", "[nodes]") {
  for (const NodeType* type : all_types()) {
    if (type->role != Role::transform) continue;
    NodeRunner runner(example_of(*type));
    const auto payloads = payloads_for(*type);
    std::vector<std::string> first;
    first.reserve(payloads.size());
    for (const NamedPayload& in : payloads)
      first.push_back(digest_of(runner.run_payload(in.payload).value()));
    for (std::size_t i = payloads.size(); i-- > 0;) {
      INFO(type->name << ": " << payloads[i].name);
      CHECK(digest_of(runner.run_payload(payloads[i].payload).value()) == first[i]);
    }
  }
}

TEST_CASE("A node that says it is parallel makes the same in four threads at once", "[nodes]") {
  for (const NodeType* type : all_types()) {
    if (type->role != Role::transform || type->parallelism != Parallelism::unlimited) continue;
    INFO(type->name);
    NodeRunner runner(example_of(*type));
    const auto payloads = payloads_for(*type);
    std::vector<NodePlan> plans;
    std::vector<std::string> expected;
    for (const NamedPayload& in : payloads) {
      plans.push_back(runner.plan(facts_of(in.payload)).value());
      const auto out = runner.run_payload(in.payload);
      expected.push_back(in.name + ": " + digest_of(out.value()));
    }
    std::vector<std::vector<std::string>> found(4);
    {
      std::vector<std::jthread> threads;
      threads.reserve(found.size());
      for (auto& results : found) {
        threads.emplace_back([&] {
          const auto scratch = runner.node().make_scratch();
          for (std::size_t i = 0; i < payloads.size(); ++i) {
            const auto out = runner.process(payloads[i].payload, plans[i], scratch->get());
            results.push_back(payloads[i].name + ": " +
                              (out ? digest_of(*out) : out.error().message));
          }
        });
      }
    }
    for (const auto& results : found) CHECK(results == expected);
  }
}
