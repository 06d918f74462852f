// verify: a graph's serial and parallel runs compared.
#include "graphs/study/verify.h"

#include "tests/support/catch.h"
#include "tests/support/graph_runner.h"
#include "tests/support/node_runner.h"
#include "tests/support/photo_set.h"
#include "tests/support/temporary_folder.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

// A node that a graph must not have: what it makes depends on who came before.
struct Numbered {
  static void describe(NodeSchema<Numbered>& s) {
    s.summary("Appends how many files came before.");
  }
  Result<imaging::Encoded> process(const imaging::Encoded& in) {
    Bytes bytes = *in.bytes;
    bytes.push_back(count_++);
    return imaging::Encoded{std::make_shared<const Bytes>(std::move(bytes))};
  }
  std::uint8_t count_ = 0;
};

RunOptions options_for(const TemporaryFolder& folder) {
  write_files(folder / "in", photo_set().files);
  RunOptions options;
  options.environment.input = folder / "in";
  options.workers = 2;
  return options;
}

}  // namespace

TEST_CASE("Both runs of a sound graph are the same, and nothing is left of them", "[graphs]") {
  const TemporaryFolder folder;
  const RunOptions options = options_for(folder);
  std::filesystem::create_directories(folder / "scratch");
  const auto graph = parse_graph(
      chain({"{type: decode}", "{type: resize, width: 32}", "{type: encode}"}), "g.yaml");
  REQUIRE(graph);
  RunObserver observer;
  const auto verified = verify(graph->graph, options, folder / "scratch", observer);
  REQUIRE(verified);
  CHECK(verified->difference.none());
  CHECK(verified->outputs == photo_set().good());
  CHECK(verified->serial.executor == "serial");
  CHECK(verified->parallel.executor == "flow");
  CHECK(verified->parallel.items.failed == photo_set().broken.size());
  CHECK(std::filesystem::is_empty(folder / "scratch"));
}

TEST_CASE("A node whose result depends on earlier items is found out", "[graphs]") {
  const TemporaryFolder folder;
  const RunOptions options = options_for(folder);
  NodeRegistry registry = registry_with_ends();
  registry.add<Numbered>("numbered");
  const auto graph = parse_graph(chain({"{type: numbered}"}), "g.yaml", {}, registry);
  REQUIRE(graph);
  RunObserver observer;
  const auto verified = verify(graph->graph, options, folder / "scratch", observer);
  REQUIRE(verified);
  CHECK(verified->difference.content.size() >= photo_set().good());
  CHECK(verified->difference.only_first.empty());
}

TEST_CASE("What can't be run can't be verified", "[graphs]") {
  const TemporaryFolder folder;
  RunOptions options = options_for(folder);
  options.environment.input = folder / "missing";
  const auto graph = parse_graph(chain({}), "g.yaml");
  REQUIRE(graph);
  RunObserver observer;
  const auto verified = verify(graph->graph, options, folder / "scratch", observer);
  REQUIRE_FALSE(verified);
  CHECK(verified.error().code == "not_a_folder");
}
