// The reference of node types.
#include "graphs/config/node_reference.h"
#include "tests/support/catch.h"
#include "tests/support/image_files.h"

using namespace imagemill;
using imaging::Image;

namespace {

struct Plain {
  static void describe(NodeSchema<Plain>& s) {
    s.summary("Does `a|b` <i>*now*. Or e.g. later.");
    s.param("pattern", &Plain::pattern, "Such as ** and a|b.");
    s.example("plain: {type: plain, in: decode}");
  }
  Result<Image> process(Image image) const { return image; }
  std::string pattern = "a|*";
};
struct Serial {
  static void describe(NodeSchema<Serial>& s) { s.summary("One after another."); }
  Result<Image> process(Image image) { return image; }
};
struct Waiting {
  static void describe(NodeSchema<Waiting>& s) { s.resource(Resource::io, 1); }
  Result<std::vector<Image>> process(Image image) const { return std::vector{std::move(image)}; }
};
struct Limited {
  static constexpr std::array<std::string_view, 2> kInputs = {"left", "right"};
  static void describe(NodeSchema<Limited>& s) { s.resource(Resource::cpu, 3); }
  Result<Image> process(Image left, const Image& /*right*/) const { return left; }
};

NodeRegistry small_registry() {
  NodeRegistry registry;
  registry.add<Plain>("plain");
  registry.add<Serial>("serial");
  registry.add<Waiting>("waiting");
  registry.add<Limited>("limited");
  return registry;
}

std::vector<std::string> names_of(const std::vector<const NodeType*>& types) {
  std::vector<std::string> names;
  for (const NodeType* type : types) names.push_back(type->name);
  return names;
}

}  // namespace

TEST_CASE("Types come in the order of the flow", "[graphs]") {
  const auto types = reading_order(NodeRegistry::global());
  CHECK(types.size() == NodeRegistry::global().names().size());
  const auto names = names_of(types);
  const auto place = [&](const char* name) {
    return std::find(names.begin(), names.end(), name) - names.begin();
  };
  CHECK(place("read") == 0);
  CHECK(place("read") < place("image"));
  CHECK(place("image") < place("decode"));
  CHECK(place("decode") < place("resize"));
  CHECK(place("resize") < place("encode"));
  CHECK(place("encode") < place("route"));
  CHECK(place("filter") < place("write"));
  CHECK(names_of(reading_order(small_registry())) ==
        std::vector<std::string>{"limited", "plain", "serial", "waiting"});
}

TEST_CASE("What a type takes and gives, and how it runs", "[graphs]") {
  const NodeRegistry own = small_registry();
  const auto of = [&](const NodeRegistry& registry, const char* name) {
    const NodeType& type = *registry.find(name);
    return flow_text(type) + ", " + running_text(type);
  };
  const NodeRegistry& all = NodeRegistry::global();
  CHECK(of(all, "read") == "→ encoded, on 2 I/O threads unless concurrency says otherwise");
  CHECK(of(all, "image") == "→ image, once, before the run");
  CHECK(of(all, "route") == "any → the same, when an item is admitted");
  CHECK(of(all, "write") == "encoded →, on 2 I/O threads unless concurrency says otherwise");
  CHECK(of(own, "plain") == "image → image, on all workers unless concurrency says otherwise");
  CHECK(of(own, "serial") == "image → image, one item at a time");
  CHECK(of(own, "waiting") ==
        "image → several × image, on 1 I/O thread unless concurrency says otherwise");
  CHECK(of(own, "limited") ==
        "left: image, right: image → image, on 3 workers unless concurrency says otherwise");
}

TEST_CASE("A parameter's values in words", "[graphs]") {
  const auto values = [](const char* type, const char* param) {
    return values_text(*NodeRegistry::global().find(type)->schema.find(param));
  };
  CHECK(values("encode", "quality") == "whole number, 1 to 100");
  CHECK(values("decode", "depth") == "8 or keep");
  CHECK(values("resize", "fit") == "cover, contain, fill, inside or outside");
  CHECK(values("resize", "enlarge") == "true or false");
  CHECK(values("route", "outputs").starts_with("map of names to: condition"));
}

TEST_CASE("The first sentence of a text", "[graphs]") {
  CHECK(first_sentence("One. Two.") == "One");
  CHECK(first_sentence("One.") == "One");
  CHECK(first_sentence("Makes a .dzi file") == "Makes a .dzi file");
  CHECK(first_sentence("").empty());
}

TEST_CASE("The reference is Markdown in which nothing is read as markup", "[graphs]") {
  const std::string page = nodes_markdown(small_registry());
  const auto has = [&](const std::string& text) { return page.find(text) != std::string::npos; };
  CHECK(has("\n## Transforms\n"));
  CHECK_FALSE(has("\n## Sources\n"));
  CHECK(has("\n| [`plain`](#plain) | image → image | Does \\`a\\|b\\` \\<i>\\*now\\* |\n"));
  CHECK(
      has("\n### plain\n\nDoes \\`a\\|b\\` \\<i>\\*now\\*. Or e.g. later.\n\n`image → image`, on "
          "all workers"));
  CHECK(has("\n| `pattern` | text | `a\\|*` | Such as \\*\\* and a\\|b. |\n"));
  CHECK(has("\n```yaml\nplain: {type: plain, in: decode}\n```\n"));
  for (const std::string& name : NodeRegistry::global().names())
    CHECK(nodes_markdown(NodeRegistry::global()).find("\n### " + name + "\n") != std::string::npos);
}
