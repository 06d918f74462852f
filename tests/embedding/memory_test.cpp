// The memory bound holds for whoever links the engine and the nodes, as the command does.
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/metrics/resident_memory.h"
#include "engine/node/registry.h"
#include "engine/run/executor.h"
#include "nodes/imaging/codec/jpeg/jpeg.h"
#include "nodes/imaging/pixels/buffer_pool.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/watchdog.h"

namespace imagemill::testing {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr std::uint64_t kApart = 64 * kMiB;  // what is not an item's

// Noise: as many bytes as a picture of its size can have.
std::string photo(imaging::Size size, unsigned seed, bool progressive) {
  imaging::Image image(size, {3, 8});
  std::uint32_t state = seed;
  for (int y = 0; y < size.height; ++y) {
    std::uint8_t* row = image.mutable_row(y);
    for (int x = 0; x < 3 * size.width; ++x) {
      state = state * 1664525 + 1013904223;
      row[x] = static_cast<std::uint8_t>(state >> 24);
    }
  }
  const auto bytes =
      imaging::JpegEncoder().encode(image, {.quality = 30, .progressive = progressive});
  return {bytes->begin(), bytes->end()};
}

Graph build_graph() {
  std::vector<NodeConfig> nodes;
  const auto add = [&](const std::string& type, const std::string& in) {
    NodeConfig config;
    config.name = type;
    config.type = type;
    if (!in.empty()) config.inputs.emplace_back(in, "");
    if (type == "read") config.concurrency = 8;
    if (type == "resize") config.params.push_back({"width", "1200"});
    if (type == "encode") config.params.push_back({"progressive", "true"});
    nodes.push_back(std::move(config));
  };
  add("read", "");
  add("decode", "read");
  add("resize", "decode");
  add("encode", "resize");
  add("write", "encode");
  auto graph = Graph::build(nodes, NodeRegistry::global());
  if (!graph) throw std::runtime_error(graph.error().front().message);
  return std::move(*graph);
}

// Many sizes, so that what one item has freed does not fit the next.
void write_photos(const TemporaryFolder& folder) {
  for (unsigned i = 0; i < 24; ++i) {
    const int side = 500 + 60 * static_cast<int>(i * 7 % 24);
    folder.write("in/" + std::to_string(i) + ".jpg", photo({side, side}, i + 1, i % 2 == 0));
  }
}

RunReport run(const TemporaryFolder& folder, const std::string& output, std::uint64_t memory,
              int workers) {
  const Graph graph = build_graph();
  RunOptions options;
  options.environment.input = folder / "in";
  options.environment.output = folder / output;
  options.workers = workers;
  options.memory_bytes = memory;
  RunObserver nobody;
  const auto ran = make_flow_executor()->run(graph, options, nobody);
  if (!ran) throw std::runtime_error(to_string(ran.error()));
  return ran->report;
}

TEST_CASE("A program of its own keeps to the budget of its run", "[embedding]") {
  const Watchdog watchdog("a run in little memory");
  const TemporaryFolder folder;
  write_photos(folder);
  const auto used_before = imaging::BufferPool::shared().usage().used;
  auto memory = ResidentMemory::open();
  REQUIRE(memory);
  const std::uint64_t before = memory->begin();
  // Much memory first: nothing of it may stay for the run that has little.
  for (const std::uint64_t budget : {512 * kMiB, 24 * kMiB}) {
    memory->begin();
    const RunReport report = run(folder, "out" + std::to_string(budget), budget, 8);
    CHECK(report.items.ok == 24);
    CHECK(report.memory_peak_bytes > 16 * kMiB);
    const std::uint64_t peak = memory->peak();
    CAPTURE(budget, before, peak, report.memory_peak_bytes, report.largest_item_bytes);
    CHECK(peak <= before + std::max(budget, report.largest_item_bytes) + kApart);
    // After a run its memory is the system's again.
    CHECK(imaging::BufferPool::shared().usage().kept == 0);
    CHECK(imaging::BufferPool::shared().usage().used == used_before);
  }
}

TEST_CASE("Two runs at once keep to the sum of their budgets", "[embedding]") {
  const Watchdog watchdog("two runs at once");
  const TemporaryFolder folder;
  write_photos(folder);
  auto memory = ResidentMemory::open();
  REQUIRE(memory);
  const std::uint64_t before = memory->begin();
  std::optional<RunReport> small;
  std::optional<RunReport> large;
  {
    const std::jthread first([&] { small = run(folder, "small", 16 * kMiB, 4); });
    const std::jthread second([&] { large = run(folder, "large", 48 * kMiB, 4); });
  }
  CHECK(small->items.ok == 24);
  CHECK(large->items.ok == 24);
  CHECK(memory->peak() <= before + std::max(16 * kMiB, small->largest_item_bytes) +
                              std::max(48 * kMiB, large->largest_item_bytes) + kApart);
  CHECK(imaging::BufferPool::shared().usage().kept == 0);
}

}  // namespace
}  // namespace imagemill::testing
