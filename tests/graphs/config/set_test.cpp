// --set: replacements of parameters.
#include "graphs/config/load_graph.h"
#include "tests/support/catch.h"

using namespace imagemill;

namespace {

using Lines = std::vector<std::string>;

constexpr const char* kGraph = R"(imagemill: 1
nodes:
  read: {type: read}
  decode: {type: decode, in: read}
  resize: {type: resize, in: decode, width: 9}
  encode: {type: encode, in: resize}
  write: {type: write, in: encode}
)";

tl::expected<LoadedGraph, Diagnostics> with(const std::vector<std::string>& sets) {
  return parse_graph(kGraph, "g.yaml", sets);
}

Lines faults_of(const std::vector<std::string>& sets) {
  Lines lines;
  const auto loaded = with(sets);
  if (!loaded) {
    for (const Diagnostic& fault : loaded.error()) lines.push_back(to_string(fault));
  }
  return lines;
}

// The plans of the nodes for an input of that name, 100 × 100 pixels.
std::vector<NodePlan> plans_with(const std::vector<std::string>& sets, const std::string& key) {
  const auto loaded = with(sets);
  REQUIRE(loaded);
  const Facts facts{.width = 100,
                    .height = 100,
                    .pixel_width = 100,
                    .pixel_height = 100,
                    .channels = 3,
                    .bits = 8,
                    .orientation = 1,
                    .format = "png",
                    .extension = "png",
                    .bytes = 100,
                    .codec_bytes = 100};
  return loaded->graph.plan({.index = 0, .key = key, .facts = facts}).value();
}

std::int64_t width_with(const std::vector<std::string>& sets) {
  return plans_with(sets, "a.png")[2].plan.out.width;
}

}  // namespace

TEST_CASE("A replacement counts as if it stood in the file", "[graphs]") {
  CHECK(width_with({}) == 9);
  CHECK(width_with({"resize.width=20"}) == 20);
  CHECK(width_with({"resize.width=50%"}) == 50);
  CHECK(width_with({"resize.width=20", "resize.width=30"}) == 30);
  CHECK(width_with({"resize.width=0", "resize.height=40"}) == 40);
}

TEST_CASE("The value of a replacement may hold dots and equals signs, or be empty", "[graphs]") {
  const std::vector<std::string> sets = {"write.path={stem}=a.b.{ext}", "read.exclude="};
  CHECK(plans_with(sets, "x.png")[4].claims == std::vector<std::string>{"x=a.b.jpg"});
}

TEST_CASE("Concurrency can be replaced", "[graphs]") {
  const auto loaded = with({"decode.concurrency=7"});
  REQUIRE(loaded);
  CHECK(loaded->graph.nodes()[1].concurrency == 7);
  CHECK(faults_of({"decode.concurrency=0"}) ==
        Lines{"--set decode.concurrency=0: concurrency: '0' is not a whole number (1 to 1024)"});
}

TEST_CASE("What is wrong with a replacement is told of the replacement", "[graphs]") {
  for (const std::string bad : {"width", "resize.width", "resize=9", "width=9.5", ""}) {
    CHECK(faults_of({bad}) == Lines{"--set " + bad + ": write it as NODE.PARAM=VALUE"});
  }
  CHECK(faults_of({"resizer.width=20"}) ==
        Lines{"--set resizer.width=20: no node is named 'resizer'; did you mean 'resize'?"});
  CHECK(faults_of({".width=20"}) == Lines{"--set .width=20: no node is named ''"});
  CHECK(faults_of({"resize.widht=20"}) == Lines{"--set resize.widht=20: node type 'resize' has no "
                                                "parameter 'widht'; did you mean 'width'?"});
  CHECK(faults_of({"resize.width=wide"}) == Lines{"--set resize.width=wide: width: 'wide' is not a "
                                                  "length (px or %) (0 to 65500px or 10000%)"});
  CHECK(faults_of({"encode.quality=0", "encode.level=10"}) ==
        Lines{"--set encode.quality=0: quality: '0' is not a whole number (1 to 100)",
              "--set encode.level=10: level: '10' is not a whole number (0 to 9)"});
}

TEST_CASE("A condition that is replaced keeps its place among the outputs", "[graphs]") {
  const auto way_of = [](const std::vector<std::string>& sets) {
    const auto loaded = parse_graph(R"(imagemill: 1
nodes:
  read: {type: read}
  way: {type: route, in: read, outputs: {large: width >= 1000, small: always}}
  a: {type: write, in: way.large}
  b: {type: write, in: way.small}
)",
                                    "g.yaml", sets);
    REQUIRE(loaded);
    const Facts facts{.width = 500, .height = 500};
    return loaded->graph.plan({.index = 0, .key = "a.png", .facts = facts}).value()[1].choice;
  };
  CHECK(way_of({}) == std::size_t{1});
  CHECK(way_of({"way.outputs.large=width >= 400"}) == std::size_t{0});
  CHECK(way_of({"way.outputs.large=width >= 400", "way.outputs.large=width >= 600"}) ==
        std::size_t{1});
}

TEST_CASE("The wiring of a graph can't be replaced", "[graphs]") {
  CHECK(faults_of({"resize.in=read"}) ==
        Lines{"--set resize.in=read: only parameters and concurrency can be replaced"});
  CHECK(faults_of({"resize.type=encode"}) ==
        Lines{"--set resize.type=encode: only parameters and concurrency can be replaced"});
}

TEST_CASE("Only existing keys of the run section are recommended", "[graphs]") {
  CHECK(faults_of({"run.on_error=stop"}) ==
        Lines{"--set run.on_error=stop: --set is for nodes; for run.on_error there is --on-error"});
  CHECK(faults_of({"run.worker=1"}) ==
        Lines{"--set run.worker=1: --set is for nodes; run has no 'worker'; did you mean "
              "'workers'?"});
}
