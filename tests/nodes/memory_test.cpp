// Planned memory of items against the memory of the process, over extreme shapes.
#include <malloc.h>

#include "graphs/config/load_graph.h"
#include "tests/support/catch.h"
#include "tests/support/graph_runner.h"
#include "tests/support/photo_set.h"
#include "tests/support/temporary_folder.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

constexpr double kMiB = 1 << 20;

struct Use {
  double planned = 0;
  double held = 0;
};

// Memory use of one picture that goes through `nodes` ("  name: {…}"), of which the last is `last`.
// nullopt if the kernel does not tell it, or the picture is refused.
std::optional<Use> use_of(const Bytes& file, const std::string& nodes, const std::string& path) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "in");
  write_files(folder / "in", {{"picture.jpg", file}});
  const std::string yaml = "imagemill: 1\nnodes:\n  read: {type: read}\n" + nodes +
                           "  write: {type: write, in: last, path: \"" + path + "\"}\n";
  auto loaded = parse_graph(yaml, "test");
  REQUIRE(loaded);
  RunOptions options;
  options.environment.input = folder / "in";
  options.environment.output = folder / "out";
  options.item_memory = ItemMemory::measured;
  // No freed memory is kept, so the process holds what the item holds.
  options.memory_bytes = 1;
  malloc_trim(0);
  RunObserver nobody;
  const auto run = make_serial_executor()->run(loaded->graph, options, nobody);
  REQUIRE(run);
  const RunReport& report = run->report;
  if (!report.measured_items || report.items.ok != 1) return {};
  const FormatMemory& memory = report.formats.begin()->second;
  return Use{static_cast<double>(memory.estimate_bytes), static_cast<double>(memory.actual_bytes)};
}

struct Chain {
  std::string name;
  std::string nodes;
  std::string path = "{stem}.{ext}";
};

const std::vector<Chain>& chains() {
  static const std::string decode = "  decode: {type: decode, in: read}\n";
  static const std::string keep = "  decode: {type: decode, in: read, depth: keep}\n";
  static const std::string png = "  last: {type: encode, in: made, format: png, level: 1}\n";
  static const std::string jpeg = "  last: {type: encode, in: made}\n";
  static const std::vector<Chain> all = {
      {"shrink", decode + "  made: {type: resize, in: decode, width: 100}\n" + jpeg},
      {"to one pixel",
       keep + "  made: {type: resize, in: decode, width: 1, height: 1, fit: fill}\n" + png},
      {"enlarge",
       keep + "  made: {type: resize, in: decode, width: 2500, height: 1500, fit: fill}\n" + png},
      {"pad", decode +
                  "  made: {type: resize, in: decode, width: 800, height: 800, fit: contain}\n" +
                  jpeg},
      {"mark", keep + "  made: {type: watermark, in: decode, text: x, size: 20%}\n" + png},
      {"progressive", decode + "  last: {type: encode, in: decode, progressive: true}\n"},
      {"png", keep + "  last: {type: encode, in: decode, format: png, level: 1}\n"},
      {"two beside each other",
       decode +
           "  small: {type: resize, in: decode, width: 500, height: 500, fit: fill}\n"
           "  made: {type: compose, in: {base: decode, overlay: small}, arrangement: stacked}\n" +
           jpeg},
      {"tiny tiles",
       decode + "  made: {type: tiles, in: decode, layout: grid, size: 16, overlap: 0}\n" + jpeg,
       "{stem}/{number}.{ext}"},
      {"a pyramid", decode + "  made: {type: tiles, in: decode}\n" + jpeg,
       "{stem}/{level}/{column}_{row}.{ext}"},
  };
  return all;
}

struct Sample {
  std::string name;
  Bytes file;
  bool is_thin = false;
};

std::vector<Sample> samples() {
  const PixelFormat rgb{3, 8};
  return {{"1,000,000 x 1", png_file(noise({1'000'000, 1}, rgb, 1)), true},
          {"1 x 60,000", png_file(noise({1, 60'000}, rgb, 2)), true},
          {"1 x 1", png_file(noise({1, 1}, rgb, 3)), true},
          {"16 bits with alpha", png_file(noise({1400, 1100}, {4, 16}, 4))},
          {"a photo", jpeg_file(noise({2400, 1600}, rgb, 5), {.quality = 60})},
          {"a progressive photo",
           jpeg_file(noise({2000, 1500}, rgb, 6), {.quality = 60, .progressive = true})}};
}

}  // namespace

TEST_CASE("An item holds what was planned, and not much less, in any shape", "[nodes]") {
  for (const Sample& sample : samples()) {
    for (const Chain& chain : chains()) {
      // Two million files.
      if (chain.name == "tiny tiles" && sample.name == "1 x 60,000") continue;
      const auto use = use_of(sample.file, chain.nodes, chain.path);
      if (!use) continue;
      INFO(sample.name << ", " << chain.name << ": planned " << use->planned / kMiB << " MiB, held "
                       << use->held / kMiB << " MiB");
      // The allocator keeps some of what codecs have freed.
      CHECK(use->held <= use->planned + 16 * kMiB);
      // An enlarged line or pixel, or one cut into bits, is encoded far smaller than the bound for
      // noise.
      const double most = sample.is_thin ? 6 : 2;
      if (use->planned > 16 * kMiB) CHECK(use->planned <= most * use->held);
    }
  }
}
