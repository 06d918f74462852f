// Every config in configs/, on photographs of every kind: the bytes do not depend on how it is run.
#include <algorithm>

#include "engine/base/sha256.h"
#include "tests/support/catch.h"
#include "tests/support/graph_runner.h"
#include "tests/support/photo_set.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> all_configs() {
  std::vector<fs::path> configs;
  for (const auto& entry : fs::directory_iterator(IMAGEMILL_CONFIGS)) {
    if (entry.path().extension() == ".yaml") configs.push_back(entry.path());
  }
  std::sort(configs.begin(), configs.end());
  return configs;
}

std::map<std::string, std::string> digests_of(const Files& files) {
  std::map<std::string, std::string> digests;
  for (const auto& [path, bytes] : files) digests[path] = to_hex(sha256(bytes));
  return digests;
}

std::set<std::string> failed_items(const Outputs& outputs) {
  std::set<std::string> items;
  for (const auto& failure : outputs.failures) items.insert(failure.first);
  return items;
}

}  // namespace

TEST_CASE("There are configs, each named as its file", "[graphs]") {
  CHECK(all_configs().size() >= 12);
  for (const fs::path& config : all_configs()) {
    INFO(config);
    const auto loaded = load_graph(config);
    REQUIRE(loaded);
    CHECK(loaded->spec.name == config.stem());
    CHECK_FALSE(loaded->spec.run.input.empty());
    CHECK_FALSE(loaded->spec.run.output.empty());
  }
}

// Settings that make a config useful on small photos, and its logo found.
std::vector<std::string> settings_for(const std::string& config) {
  static const std::map<std::string, std::vector<std::string>> kSettings = {
      {"by-size", {"by_size.outputs.large=megapixels >= 0.05"}},
      {"large-only", {"large.keep=width >= 300"}},
      {"logo", {"logo.file=/logo.png"}},
      {"grid", {"tiles.size=100"}},
      {"deepzoom", {"tiles.size=100", "dzi.size=100"}}};
  const auto found = kSettings.find(config);
  return found == kSettings.end() ? std::vector<std::string>() : found->second;
}

Files inputs() {
  Files files = photo_set().files;
  files["/logo.png"] = read_bytes(fs::path(IMAGEMILL_CONFIGS) / "logo.png");
  return files;
}

TEST_CASE("Every config gives the same bytes however it is run", "[graphs]") {
  for (const fs::path& config : all_configs()) {
    const auto loaded = load_graph(config, settings_for(config.stem()));
    REQUIRE(loaded);
    const Outputs serial = run_graph(loaded->graph, inputs());
    const auto expected = digests_of(serial.files);
    INFO(config.filename());
    // Every photo that can be processed has all the outputs that were planned for it, or none was.
    std::set<std::string> broken = photo_set().broken;
    std::size_t good = photo_set().good();
    for (const std::string& item : serial.skipped) good -= broken.erase(item) == 0 ? 1 : 0;
    CHECK(failed_items(serial) == broken);
    CHECK(serial.report.items.ok == good);
    CHECK(good >= 5);
    CHECK(serial.skipped.empty() == (config.stem() != "large-only"));
    CHECK(serial.ignored ==
          std::vector<std::string>(photo_set().ignored.begin(), photo_set().ignored.end()));
    std::set<std::string> written;
    for (const auto& file : serial.files) written.insert(file.first);
    CHECK(written == serial.claimed);
    CHECK(written.size() >= good);
    CHECK(serial.digests == expected);

    for (const std::uint64_t mebibytes : {1, 16, 1024}) {
      for (const int workers : {0, 1, 2, 3, 8}) {
        INFO(workers << " workers (0: serial), " << mebibytes << " MiB");
        const Outputs other = run_graph(loaded->graph, inputs(),
                                        {.serial = workers == 0,
                                         .workers = std::max(workers, 1),
                                         .memory_bytes = mebibytes << 20});
        CHECK(digests_of(other.files) == expected);
        CHECK(other.digests == expected);
        CHECK(other.failures == serial.failures);
        CHECK(other.skipped == serial.skipped);
        CHECK(other.ignored == serial.ignored);
        CHECK(other.report.memory_peak_bytes <=
              std::max(mebibytes << 20, other.report.largest_item_bytes));
      }
    }
  }
}

TEST_CASE("A config has as many outputs for a photo as it says", "[graphs]") {
  const std::map<std::string, std::size_t> outputs = {
      {"before-after", 1}, {"by-size", 1},    {"dated", 1},
      {"from-list", 1},    {"grid", 7 * 10},  {"logo", 1},
      {"png", 1},          {"responsive", 3}, {"thumbnails", 1},
      {"watermark", 1},    {"large-only", 1}, {"deepzoom", 1 + 70 + 20 + 6 + 2 + 7}};
  const Bytes large = photo_set().files.at("large.jpg");  // 903 × 601
  for (const fs::path& config : all_configs()) {
    INFO(config.filename());
    const auto loaded = load_graph(config, settings_for(config.stem()));
    REQUIRE(loaded);
    CHECK(run_graph(loaded->graph, {{"a.jpg", large}, {"/logo.png", inputs().at("/logo.png")}})
              .files.size() == outputs.at(config.stem()));
  }
}

TEST_CASE("Running a graph again gives the same bytes again", "[graphs]") {
  const auto loaded = load_graph(fs::path(IMAGEMILL_CONFIGS) / "thumbnails.yaml");
  REQUIRE(loaded);
  const Outputs first =
      run_graph(loaded->graph, photo_set().files, {.serial = false, .workers = 2});
  const Outputs second =
      run_graph(loaded->graph, photo_set().files, {.serial = false, .workers = 2});
  CHECK(first.files == second.files);
  CHECK(first.files.size() == photo_set().good());
}

TEST_CASE("Two inputs to one output: the later fails, however the graph is run", "[graphs]") {
  Files inputs;
  std::map<std::string, std::string> later;
  for (int i = 0; i < 100; ++i) {
    const std::string name = "image" + std::to_string(i);
    inputs[name + ".jpg"] = jpeg_file(noise({60, 40}, {3, 8}, 1));
    inputs[name + ".png"] = png_file(noise({8, 8}, {3, 8}, 1));
    later[name + ".png"] = "write: output_conflict";
  }
  const std::string graph = chain({"{type: decode}", "{type: encode}"});
  const Outputs serial = run_graph(graph, inputs);
  CHECK(serial.failures == later);
  CHECK(serial.files.size() == 100);
  for (int i = 0; i < 5; ++i) {
    const Outputs flow = run_graph(graph, inputs, {.serial = false, .workers = 4});
    CHECK(flow.failures == later);
    CHECK(flow.files == serial.files);
  }
}
