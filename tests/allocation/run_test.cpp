// Memory that runs out anywhere: at every allocation of a small run.
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/node/registry.h"
#include "engine/resume/journal.h"
#include "engine/run/executor.h"
#include "nodes/imaging/codec/jpeg/jpeg.h"
#include "nodes/imaging/codec/png/png.h"
#include "tests/allocation/failing_malloc.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/watchdog.h"

namespace imagemill::testing {
namespace {

using Files = std::map<std::string, std::string>;

imaging::Image picture(imaging::PixelFormat format) {
  imaging::Image image({24, 16}, format);
  for (int y = 0; y < image.height(); ++y) {
    std::uint8_t* row = image.mutable_row(y);
    for (std::size_t i = 0; i < image.stride(); ++i) {
      row[i] = static_cast<std::uint8_t>(7 * i + 31 * static_cast<std::size_t>(y));
    }
  }
  return image;
}

std::string text_of(const imaging::Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

Graph build_graph() {
  std::vector<NodeConfig> nodes;
  const auto add = [&](const std::string& type, std::vector<std::pair<std::string, std::string>> in,
                       const std::vector<std::pair<std::string, std::string>>& params) {
    NodeConfig config;
    config.name = type + std::to_string(nodes.size());
    config.type = type;
    for (auto& [node, port] : in) config.inputs.emplace_back(node, port);
    for (const auto& [name, value] : params) config.params.push_back({name, value});
    nodes.push_back(std::move(config));
    return nodes.back().name;
  };
  const auto read = add("read", {}, {});
  const auto decode = add("decode", {{read, ""}}, {});
  const auto resize = add("resize", {{decode, ""}}, {{"width", "12"}});
  const auto mark = add("watermark", {{resize, ""}}, {{"text", "{stem}"}, {"size", "8px"}});
  const auto encode = add("encode", {{mark, ""}}, {{"format", "jpeg"}});
  add("write", {{encode, ""}}, {{"path", "small/{stem}.jpg"}});
  const auto large = add("encode", {{decode, ""}}, {{"format", "png"}});
  add("write", {{large, ""}}, {{"path", "large/{stem}.png"}});
  auto graph = Graph::build(nodes, NodeRegistry::global());
  if (!graph) throw std::runtime_error(graph.error().front().message);
  return std::move(*graph);
}

class Ends final : public RunObserver {
 public:
  void ended(const Item& item) override {
    ++count;
    keys.push_back(item.info().key);  // allocates, as observers do
  }
  std::uint64_t count = 0;
  std::vector<std::string> keys;
};

// A folder of pictures, and runs of it.
class Place {
 public:
  explicit Place(bool is_serial) : is_serial_(is_serial), graph_(build_graph()) {
    folder_.write("in/a.jpg", text_of(*imaging::JpegEncoder().encode(picture({3, 8}), {})));
    folder_.write("in/b.png", text_of(*imaging::encode_png(picture({4, 8}), {})));
    folder_.write("in/c.jpg", "no picture");
  }

  // With memory that fails from the `first`-th allocation on. What it came to, if it was run.
  std::optional<RunResult> run(Redo redo, std::uint64_t first, std::uint64_t failures) {
    RunOptions options;
    options.environment.input = folder_ / "in";
    options.environment.output = folder_ / "out";
    options.workers = 2;
    options.resume.redo = redo;
    const auto journal =
        Journal::open(folder_ / "journal", redo == Redo::everything ? Journal::Earlier::dropped
                                                                    : Journal::Earlier::read);
    REQUIRE(journal);
    options.resume.journal = journal->get();
    Ends ends;
    const auto executor = is_serial_ ? make_serial_executor() : make_flow_executor();
    std::optional<RunResult> result;
    {
      const FailingMalloc memory(first, failures);
      auto ran = executor->run(graph_, options, ends);
      counted_ = memory.counted();
      failed_ = memory.failed();
      if (ran) {
        result = std::move(*ran);
      } else {
        refused_ = std::string(ran.error().code);
      }
    }
    if (result) {
      const ItemCounts& items = result->report.items;
      CHECK(items.ended() == items.admitted);
      // An observer that threw has heard of it all the same.
      CHECK(ends.count == items.admitted);
    }
    return result;
  }

  Files outputs() const {
    Files files;
    if (!std::filesystem::exists(folder_ / "out")) return files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / "out")) {
      if (!entry.is_regular_file()) continue;
      const auto name = entry.path().lexically_relative(folder_.path());
      files[name.string()] = folder_.read(name);
    }
    return files;
  }
  void clear() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_ / "out", ignored);
    std::filesystem::create_directories(folder_ / "out", ignored);
  }

  std::uint64_t counted() const { return counted_; }
  std::uint64_t failed() const { return failed_; }
  const std::string& refused() const { return refused_; }

 private:
  const bool is_serial_;
  TemporaryFolder folder_;
  Graph graph_;
  std::uint64_t counted_ = 0;
  std::uint64_t failed_ = 0;
  std::string refused_;
};

// Fails `failures` allocations in a row, at each of so many places that the test takes `budget`.
void fail_everywhere(bool is_serial, std::uint64_t failures, std::chrono::milliseconds budget) {
  Place place(is_serial);
  place.clear();
  const auto whole = place.run(Redo::everything, FailingMalloc::kNever, 0);
  REQUIRE(whole);
  CHECK(whole->report.items.ok == 2);
  CHECK(whole->report.items.failed == 1);
  const Files want = place.outputs();
  REQUIRE(want.size() == 4);
  place.clear();
  const auto begun = std::chrono::steady_clock::now();
  REQUIRE(place.run(Redo::everything, FailingMalloc::kNever, 0));
  const std::uint64_t last = place.counted();
  const auto took = std::chrono::steady_clock::now() - begun;
  // Each place takes a run and a resumed one.
  const auto affordable =
      static_cast<std::uint64_t>(std::max<std::int64_t>(budget / (2 * took), 1));
  const std::uint64_t stride = std::max<std::uint64_t>((last + affordable - 1) / affordable, 1);
  std::uint64_t outside = 0;
  std::uint64_t items = 0;
  std::uint64_t refused = 0;
  for (std::uint64_t first = 1; first <= last; first += stride) {
    CAPTURE(first, failures, is_serial);
    const Watchdog watchdog("memory that fails at " + std::to_string(first));
    place.clear();
    const auto ran = place.run(Redo::everything, first, failures);
    if (ran) {
      CHECK((ran->ending == Ending::complete || ran->ending == Ending::outside));
      outside += ran->ending == Ending::outside ? 1 : 0;
      items += ran->report.items.failed > 1 ? 1 : 0;
      if (ran->ending == Ending::outside) {
        CHECK(ran->cause.find("memory") != std::string::npos);
      }
    } else {
      ++refused;
    }
    // Each output that exists is whole, and right.
    for (const auto& [name, bytes] : place.outputs()) {
      CAPTURE(name);
      REQUIRE(want.contains(name));
      CHECK(bytes == want.at(name));
    }
    const auto resumed = place.run(Redo::undone, FailingMalloc::kNever, 0);
    REQUIRE(resumed);
    CHECK(resumed->ending == Ending::complete);
    CHECK(place.outputs() == want);
  }
  WARN((is_serial ? "serial, " : "flow, ")
       << last << " allocations, every " << stride << ", " << failures << " failing: " << outside
       << " ended outside, in " << items << " items failed, " << refused << " not begun");
  CHECK(outside > 0);
  // A row of them takes what is beside the nodes as well.
  if (failures == 1) CHECK(items > 0);
}

using namespace std::chrono_literals;

TEST_CASE("An allocation that fails, anywhere in a serial run", "[allocation]") {
  fail_everywhere(true, 1, 8s);
}

TEST_CASE("An allocation that fails, anywhere in a run of many threads", "[allocation]") {
  fail_everywhere(false, 1, 8s);
}

TEST_CASE("Allocations that fail in a row, anywhere in a run", "[allocation]") {
  for (const std::uint64_t failures : {3, 30, 300}) {
    fail_everywhere(true, failures, 2s);
    fail_everywhere(false, failures, 2s);
  }
}

}  // namespace
}  // namespace imagemill::testing
