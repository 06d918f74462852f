// The memory budget is hard: what the process really holds stays within the bound that is promised.
#include <nlohmann/json.hpp>

#include "tests/cli/workplace.h"
#include "tests/support/catch.h"

using namespace imagemill::testing;

namespace {

using Json = nlohmann::json;

constexpr double kMiB = 1 << 20;
constexpr double kApart = 64 * kMiB;  // code, stacks, tables: what is not an item's

// Each several times as large in memory as the budget below.
Files large_pictures() {
  const Size size{3200, 2400};
  const PixelFormat rgb{3, 8};
  Files files;
  for (unsigned seed = 1; seed <= 2; ++seed) {
    const std::string number = std::to_string(seed);
    files["baseline" + number + ".jpg"] = jpeg_file(noise(size, rgb, seed), {.quality = 20});
    files["progressive" + number + ".jpg"] =
        jpeg_file(noise(size, rgb, seed), {.quality = 20, .progressive = true});
  }
  files["interlaced.png"] = interlaced_png(noise({2400, 1600}, rgb, 3));
  // A few % of its height are all of its width.
  files["tall.png"] = png_file(Image({400, 12'000}, rgb));
  return files;
}

// A picture whose header is 8 MB long.
Bytes with_long_header(const Bytes& jpeg) {
  constexpr std::size_t kSegment = 65'535;
  Bytes segment(kSegment + 2);
  segment[0] = segment[2] = segment[3] = 0xFF;
  segment[1] = 0xE5;
  Bytes file(jpeg.begin(), jpeg.begin() + 2);
  for (int i = 0; i < 128; ++i) file.insert(file.end(), segment.begin(), segment.end());
  file.insert(file.end(), jpeg.begin() + 2, jpeg.end());
  return file;
}

// A PNG whose pixels come after 48 MB of text.
Bytes with_long_chunks(const Bytes& png) {
  constexpr std::uint32_t kLength = 8'000'000;
  constexpr std::size_t kBeforeChunks = 8 + 25;  // signature, IHDR
  Bytes chunk(kLength + 12, 'x');
  for (int i = 0; i < 4; ++i) chunk[i] = static_cast<std::uint8_t>(kLength >> (24 - 8 * i));
  const std::string_view type = "teXt";
  std::copy(type.begin(), type.end(), chunk.begin() + 4);
  Bytes file(png.begin(), png.begin() + kBeforeChunks);
  for (int i = 0; i < 6; ++i) file.insert(file.end(), chunk.begin(), chunk.end());
  file.insert(file.end(), png.begin() + kBeforeChunks, png.end());
  return file;
}

Json stats_of(const Workplace& work, const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"--stats", work.path("s"), "--memory", "16MiB"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Finished finished = work.run(arguments);
  CAPTURE(finished.err);
  REQUIRE(finished.status == 0);
  return Json::parse(work.folder().read("s"));
}

}  // namespace

TEST_CASE("Every config keeps to its memory, whatever kind of file comes", "[cli]") {
  const Workplace work(large_pictures());
  std::string list;
  for (const auto& file : read_files(work.input()))
    list += (work.input() / file.first).string() + "\n";
  work.folder().write("list", list);
  int configs = 0;
  for (const auto& config : std::filesystem::directory_iterator(IMAGEMILL_CONFIGS)) {
    if (config.path().extension() != ".yaml") continue;
    CAPTURE(config.path());
    const bool lists = config.path().stem() == "from-list";
    const Finished finished =
        Process(imagemill_command({"run", config.path(), "--input",
                                   lists ? work.path("list") : work.input().string(), "--output",
                                   work.path("out"), "--stats", work.path("s"), "--memory", "16MiB",
                                   "--workers", "3"}),
                std::filesystem::path(IMAGEMILL_CONFIGS).parent_path())
            .wait();
    CAPTURE(finished.err);
    REQUIRE(finished.status == 0);
    const Json stats = Json::parse(work.folder().read("s"));
    const double largest = stats["memory"]["largest_item_bytes"];
    CHECK(largest > 16 * kMiB);
    CHECK(stats["peak_rss_bytes"].get<double>() <= largest + kApart);
    std::filesystem::remove_all(work.output());
    ++configs;
  }
  CHECK(configs > 10);
}

TEST_CASE("What a serial run measures of each format is what was planned, or less", "[cli]") {
  const Workplace work(large_pictures());
  const Json formats = stats_of(work, {"--executor", "serial"})["memory"]["formats"];
  REQUIRE(formats.size() == 2);
  CHECK(formats["jpeg"]["items"] == 4);
  CHECK(formats["png"]["items"] == 2);
  for (const Json& format : formats) {
    const double estimate = format["largest_estimate_bytes"];
    const double actual = format["largest_actual_bytes"];
    CHECK(actual > 8 * kMiB);
    CHECK(actual <= estimate + 16 * kMiB);  // code is loaded on first use
  }
}

TEST_CASE("A text larger than its picture takes no memory of its own size", "[cli]") {
  const Workplace work({{"tall.png", png_file(Image({12, 20'000}, {3, 8}))}});
  work.folder().write("graph.yaml", R"(imagemill: 1
nodes:
  read:   {type: read}
  decode: {type: decode, in: read}
  mark:   {type: watermark, in: decode, text: "© as high as the picture", size: 100%}
  encode: {type: encode, in: mark, format: png}
  write:  {type: write, in: encode}
)");
  const Finished finished = work.run({"--stats", work.path("s"), "--memory", "16MiB"});
  CAPTURE(finished.err);
  REQUIRE(finished.status == 0);
  CHECK(Json::parse(work.folder().read("s"))["peak_rss_bytes"] < 64 * kMiB);
}

TEST_CASE("Long headers are not held while their items wait", "[cli]") {
  Files files;
  for (unsigned i = 0; i < 16; ++i) {
    files[std::to_string(i) + ".jpg"] = with_long_header(small_jpeg(i));
  }
  const Workplace work(files);
  const Finished finished =
      work.run({"--stats", work.path("s"), "--memory", "16MiB", "--set", "read.concurrency=16"});
  CAPTURE(finished.err);
  REQUIRE(finished.status == 0);
  const Json stats = Json::parse(work.folder().read("s"));
  CHECK(stats["memory"]["largest_item_bytes"] > 8e6);
  CHECK(stats["peak_rss_bytes"].get<double>() < 16 * kMiB + kApart);
}

TEST_CASE("Long chunks of a PNG are not held, nor read", "[cli]") {
  Files files;
  for (unsigned i = 0; i < 6; ++i) {
    files[std::to_string(i) + ".png"] = with_long_chunks(png_file(noise({40, 30}, {3, 8}, i)));
  }
  const Workplace work(files);
  const Finished finished =
      work.run({"--stats", work.path("s"), "--memory", "64MiB", "--set", "read.concurrency=6"});
  CAPTURE(finished.err);
  REQUIRE(finished.status == 0);
  const Json stats = Json::parse(work.folder().read("s"));
  const double bound = std::max(64 * kMiB, stats["memory"]["largest_item_bytes"].get<double>());
  CHECK(stats["peak_rss_bytes"].get<double>() <= bound + kApart);
}

TEST_CASE("A fan of 200 branches holds no more memory than was planned", "[cli]") {
  const Workplace work({{"a.jpg", jpeg_file(noise({3000, 2000}, {3, 8}, 1), {.quality = 60})}});
  std::string graph =
      "imagemill: 1\nnodes:\n  read: {type: read}\n"
      "  decode: {type: decode, in: read}\n";
  for (int i = 0; i < 200; ++i) {
    const std::string n = std::to_string(i);
    graph += "  r" + n + ": {type: resize, in: decode, width: " + std::to_string(100 + i) + "}\n";
    graph += "  e" + n + ": {type: encode, in: r" + n + "}\n";
    graph += "  w" + n + ": {type: write, in: e" + n + ", path: \"{stem}-" + n + ".{ext}\"}\n";
  }
  work.folder().write("graph.yaml", graph);
  const Finished finished = work.run({"--stats", work.path("s"), "--workers", "2"});
  CAPTURE(finished.err);
  REQUIRE(finished.status == 0);
  const Json stats = Json::parse(work.folder().read("s"));
  const double planned = stats["memory"]["largest_item_bytes"];
  CHECK(planned < 48 * kMiB);
  CHECK(stats["peak_rss_bytes"].get<double>() <= planned + kApart);
}

TEST_CASE("A logo that memory has no room for is told of before the run", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg()}});
  const Bytes logo = png_file(Image({3000, 2000}, {4, 16}));
  write_files(work.folder().path(), {{"logo.png", logo}});
  work.folder().write("graph.yaml", R"(imagemill: 1
nodes:
  read:   {type: read}
  decode: {type: decode, in: read}
  logo:   {type: image, file: ")" + work.path("logo.png") +
                                        R"("}
  over:   {type: compose, in: {base: decode, overlay: logo}}
  encode: {type: encode, in: over}
  write:  {type: write, in: encode}
)");
  const Finished refused = work.run({"--memory", "64MiB"});
  CHECK(refused.status == 2);
  CHECK(contains(refused.err, ": '" + work.path("logo.png") + "'"));
  CHECK(contains(refused.err, "more than the 68 MB that memory allows"));
  CHECK(work.run({"--memory", "256MiB"}).status == 0);
}

TEST_CASE("A run that can't start its threads ends, and says so", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg()}});
  // Address space for some stacks, but not for all.
  const auto limited = [&](const std::string& node) {
    std::string command = "ulimit -v 3000000; exec";
    for (const std::string& word :
         imagemill_command(work.command({"--set", node + ".concurrency=1000"}))) {
      command += " '" + word + "'";
    }
    return Process({"sh", "-c", command}).wait();
  };
  const Finished written = limited("write");
  CHECK(written.status == 2);
  CHECK(contains(written.err, "cannot start its threads"));
  const Finished read = limited("read");
  CHECK(read.status == 75);
  CHECK(contains(read.err, "cannot start a thread"));
}
