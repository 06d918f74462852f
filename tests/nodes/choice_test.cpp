// route and filter: which way an item goes.
#include "engine/node/condition.h"
#include "tests/support/catch.h"
#include "tests/support/graph_runner.h"
#include "tests/support/node_runner.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

using Names = std::vector<std::string>;

Names names(const Files& files) {
  Names result;
  for (const auto& file : files) result.push_back(file.first);
  return result;
}

Bytes jpeg(Size size) { return jpeg_file(gradient(size, {3, 8})); }
Bytes png(Size size, int channels) { return png_file(gradient(size, {channels, 8})); }

// 40 × 30, 300 × 200 (stored 200 × 300), 64 × 64 with alpha.
Files pictures() {
  return {{"small.jpg", jpeg({40, 30})},
          {"x/turned.jpg", with_orientation(jpeg({200, 300}), 6)},
          {"alpha.png", png({64, 64}, 4)}};
}

std::string routed(const std::string& outputs) {
  return "imagemill: 1\nnodes:\n  read: {type: read}\n  way: {type: route, in: read, outputs: {" +
         outputs +
         "}}\n"
         "  a: {type: write, in: way.a, path: \"a/{name}\"}\n"
         "  b: {type: write, in: way.b, path: \"b/{name}\"}\n";
}

}  // namespace

TEST_CASE("An item goes to the first output whose condition it meets", "[nodes]") {
  const auto outputs_of = [](const std::string& outputs) {
    return names(run_every_way(routed(outputs), pictures()).files);
  };
  const Names small_apart = {"a/alpha.png", "a/turned.jpg", "b/small.jpg"};
  CHECK(outputs_of("a: width >= 64, b: always") == small_apart);
  CHECK(outputs_of("b: width < 64, a: always") == small_apart);
  CHECK(outputs_of("a: always, b: always") == Names{"a/alpha.png", "a/small.jpg", "a/turned.jpg"});
  CHECK(outputs_of("a: width = 300 and height = 200, b: always") ==
        Names{"a/turned.jpg", "b/alpha.png", "b/small.jpg"});
  CHECK(outputs_of("a: megapixels >= 0.06, b: always") ==
        Names{"a/turned.jpg", "b/alpha.png", "b/small.jpg"});
  CHECK(outputs_of("a: format = png, b: always") ==
        Names{"a/alpha.png", "b/small.jpg", "b/turned.jpg"});
  CHECK(outputs_of("a: alpha = true, b: always") ==
        Names{"a/alpha.png", "b/small.jpg", "b/turned.jpg"});
  CHECK(outputs_of("a: path = x/**, b: path = \"*.jpg\"") == Names{"a/turned.jpg", "b/small.jpg"});
  const std::string size = std::to_string(jpeg({40, 30}).size());
  CHECK(outputs_of("a: file_size = " + size + ", b: file_size > 1GB") == Names{"a/small.jpg"});
}

TEST_CASE("What meets no condition is skipped", "[nodes]") {
  const Outputs run = run_every_way(routed("a: width = 40, b: width = 41"), pictures());
  CHECK(names(run.files) == Names{"a/small.jpg"});
  CHECK(run.report.items.skipped == 2);
  CHECK(run.failures.empty());
  CHECK(run.skipped == std::set<std::string>{"alpha.png", "x/turned.jpg"});
}

TEST_CASE("A filter lets pass what it keeps, and counts what it skips", "[nodes]") {
  const std::string graph = chain({"{type: filter, keep: width >= 64}", "{type: decode}",
                                   "{type: filter, keep: alpha = false}", "{type: encode}"});
  const Outputs run = run_every_way(graph, pictures());
  CHECK(names(run.files) == Names{"x/turned.jpg"});
  CHECK(run.report.items.ok == 1);
  CHECK(run.report.items.skipped == 2);
  CHECK(run.report.stages[1].total.count == 3);
  CHECK(run.report.stages[1].total.skipped == 1);
  CHECK(run.report.stages[3].total.count == 2);
  CHECK(run.report.stages[3].total.skipped == 1);
  CHECK(run.report.stages[2].total.count == 1);  // decoded
}

TEST_CASE("A filter keeps all where it is not told what", "[nodes]") {
  CHECK(run_graph(chain({"{type: filter}"}), pictures()).files.size() == 3);
}

TEST_CASE("What is skipped may be broken behind its header", "[nodes]") {
  Files files = pictures();
  Bytes cut = jpeg({200, 200});
  cut.resize(cut.size() / 2);
  files["cut.jpg"] = cut;
  const auto with = [&](const std::string& keep) {
    return run_every_way(
        chain({"{type: filter, keep: " + keep + "}", "{type: decode}", "{type: encode}"}), files);
  };
  CHECK(with("width != 200").failures.empty());
  CHECK(with("always").failures ==
        std::map<std::string, std::string>{{"cut.jpg", "node1: truncated"}});
}

TEST_CASE("What a way does not want is not decoded for it", "[nodes]") {
  // The thumbnail of a large photo is made from a shrunk decode though small ones are kept whole.
  const auto loaded = parse_graph(R"(imagemill: 1
nodes:
  read: {type: read}
  decode: {type: decode, in: read}
  way: {type: route, in: decode, outputs: {large: width >= 1000, small: always}}
  thumb: {type: resize, in: way.large, width: 100}
  one: {type: encode, in: thumb}
  a: {type: write, in: one}
  two: {type: encode, in: way.small}
  b: {type: write, in: two}
)",
                                  "test");
  REQUIRE(loaded);
  Facts facts = facts_of(jpeg({1600, 1200}));
  const auto shrunk = loaded->graph.plan({.index = 0, .key = "a.jpg", .facts = facts}).value();
  CHECK(shrunk[1].plan.out.pixel_width == 200);
  CHECK(loaded->graph.peak_bytes(shrunk, 1) < 1600 * 1200 * 3);
  facts = facts_of(jpeg({800, 600}));
  const auto whole = loaded->graph.plan({.index = 0, .key = "a.jpg", .facts = facts}).value();
  CHECK(whole[1].plan.out.pixel_width == 800);
}

TEST_CASE("A route needs outputs with names, and conditions that can be read", "[nodes]") {
  const auto faults = [](const std::string& node) {
    const auto loaded =
        parse_graph("imagemill: 1\nnodes:\n  read: {type: read}\n  way: {type: route, in: read, " +
                        node + "}\n  out: {type: write, in: way.a}\n",
                    "g.yaml");
    Names messages;
    if (!loaded) {
      for (const Diagnostic& fault : loaded.error()) messages.push_back(to_string(fault));
    }
    return messages;
  };
  CHECK(faults("outputs: {a: always}").empty());
  CHECK(faults("concurrency: 1") ==
        Names{"g.yaml:4:3: give its outputs, as in 'outputs: {large: megapixels >= 8, small: "
              "always}'"});
  CHECK(faults("outputs: {a: width is large}") ==
        Names{"g.yaml:4:42: outputs.a: 'width is large' is not a " +
              std::string(TextValue<Condition>::type)});
  CHECK(faults("outputs: {a: always, \"b.c\": always}") ==
        Names{"g.yaml:4:3: an output's name is a word without dots"});
  const Names no_format = faults("outputs: {a: format = jpg}");
  REQUIRE(no_format.size() == 1);
  CHECK(no_format.front().starts_with("g.yaml:4:3: a format in a condition is one of: jpeg png"));
}
