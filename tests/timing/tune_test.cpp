// imagemill tune: a config that is limited is mended, a good one is left alone.
#include "graphs/replay/tune.h"

#include <fmt/format.h>

#include "nodes/imaging/sample/sample_photo.h"
#include "tests/support/catch.h"
#include "tests/support/command.h"
#include "tests/support/engine_fixtures.h"
#include "tests/support/image_files.h"
#include "tests/support/photo_set.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

std::string config(const std::string& decode) {
  return fmt::format(R"(imagemill: 1
nodes:
  read:   {{type: read}}
  decode: {{type: decode, in: read{}}}  # to be tuned
  resize: {{type: resize, in: decode, width: 200}}
  encode: {{type: encode, in: resize}}
  write:  {{type: write, in: encode}}
)",
                     decode);
}

// Photos of which each takes some ten milliseconds to decode.
void write_photos(const std::filesystem::path& folder, int count) {
  const Bytes photo =
      jpeg_file(imaging::sample_photo(imaging::SampleScene::seaside, {2000, 1500}, 3));
  Files files;
  for (int i = 0; i < count; ++i) files[fmt::format("{:02}.jpg", i)] = photo;
  std::filesystem::create_directories(folder);
  write_files(folder, files);
}

// Recording of a made-up run with one worker.
Recording recording_of(const Graph& graph, int items, const std::map<std::string, double>& ms) {
  Recording recording;
  recording.workers = 1;
  recording.cpus = 4;
  recording.memory_bytes = 1000;
  recording.run_items = static_cast<std::uint64_t>(items);
  for (const GraphNode& node : graph.nodes()) {
    recording.stages.push_back({.node = node.name, .contention = {}});
  }
  for (int i = 0; i < items; ++i) {
    recording.items.push_back({.key = "", .admitted = true, .lease_bytes = 100, .visits = 3});
    for (std::uint16_t node = 0; node < 3; ++node) {
      recording.visits.push_back({node, 0, ms.at(graph.nodes()[node].name) * 1e-3, 1});
    }
  }
  return recording;
}

Tuning tuned(const std::string& lines, const std::map<std::string, double>& ms,
             std::uint64_t memory_now = 1000, std::uint64_t memory = 1000) {
  const auto configs = imagemill::testing::parse_graph(lines);
  const Graph graph = make_graph(lines);
  Recording recording = recording_of(graph, 200, ms);
  recording.memory_bytes = memory_now;
  const auto tuning = tune(configs, synthetic_nodes(), recording,
                           {.workers = 4, .memory_bytes = memory, .memory_now = memory_now});
  REQUIRE(tuning);
  return *tuning;
}

}  // namespace

TEST_CASE("What holds a graph back is found, and nothing else is changed", "[timing]") {
  const std::map<std::string, double> ms = {{"read", 1}, {"a", 10}, {"out", 1}};
  CHECK(tuned("read: items\n a: step < read\n out: store < a", ms).knobs.empty());

  const Tuning limited = tuned("read: items\n a: step < read concurrency=1\n out: store < a", ms);
  REQUIRE(limited.knobs.size() == 1);
  CHECK(limited.knobs[0].node == "a");
  CHECK(limited.changes.concurrency == std::map<std::string, int>{{"a", 0}});
  CHECK(limited.tuned == Approx(4 * limited.now).epsilon(0.05));
  CHECK(limited.knobs[0].without == Approx(limited.now));

  // Four workers want what eight threads give.
  const Tuning starved =
      tuned("read: items\n a: step < read\n out: store < a", {{"read", 15}, {"a", 10}, {"out", 1}});
  CHECK(starved.changes.concurrency == std::map<std::string, int>{{"read", 8}});

  const Tuning little = tuned("read: items\n a: step < read\n out: store < a", ms, 100, 10'000);
  CHECK(little.changes.concurrency.empty());
  REQUIRE(little.changes.memory);
  CHECK(little.changes.memory->bytes <= 1600);
  CHECK(tuned("read: items\n a: step < read\n out: store < a", ms, 100, 100).knobs.empty());
}

TEST_CASE("A node that can't run in parallel is not asked to", "[timing]") {
  const Tuning serial = tuned("read: items\n a: serial_step < read\n out: store < a",
                              {{"read", 1}, {"a", 10}, {"out", 1}});
  CHECK(serial.knobs.empty());
}

TEST_CASE("A config that decodes one image at a time is mended, and measured", "[timing]") {
  const TemporaryFolder folder;
  write_photos(folder / "in", 60);
  folder.write("limited.yaml", config(", concurrency: 1"));
  const Finished done = run_imagemill({"tune", folder / "limited.yaml", "--input", folder / "in",
                                       "--workers", "2", "--tuned", folder / "tuned.yaml"});
  CAPTURE(done.out, done.err);
  CHECK(done.status == 0);
  CHECK(contains(done.out, "Measured in turn, 5 times each: "));
  const std::string text = folder.read("tuned.yaml");
  CHECK(text.starts_with("# Tuned by imagemill for 2 workers"));
  CHECK(contains(text, "# decode: all workers instead of concurrency 1"));
  CHECK(text.ends_with(config("")));

  // The tuned graph is valid.
  const Finished again = run_imagemill({"tune", folder / "tuned.yaml", "--input", folder / "in",
                                        "--workers", "2", "--tuned", folder / "again.yaml"});
  CAPTURE(again.out, again.err);
  CHECK(again.status == 0);
  CHECK(contains(again.out, "nothing is changed") + contains(again.out, "Nothing to change") == 1);
  CHECK_FALSE(std::filesystem::exists(folder / "again.yaml"));
}
