// compose and image: two pictures made into one.
#include "tests/support/catch.h"
#include "tests/support/graph_runner.h"
#include "tests/support/node_runner.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

Image plain(Size size, std::array<int, 4> colour, int channels = 3) {
  return paint(size, {channels, 8},
               [&](int, int, int c) { return colour[static_cast<std::size_t>(c)]; });
}

constexpr std::array<int, 4> kRed = {200, 0, 0, 255};
constexpr std::array<int, 4> kBlue = {0, 0, 200, 255};

// A picture and a smaller one of itself, with a border, joined.
std::string two_branches(const std::string& compose, const std::string& more = "") {
  return R"(imagemill: 1
nodes:
  read: {type: read}
  decode: {type: decode, in: read, depth: keep}
  small: {type: resize, in: decode, width: 10, height: 20, fit: contain, background: "#0000c8"}
  both: {type: compose, in: {base: decode, overlay: small}, )" +
         compose + R"(}
  encode: {type: encode, in: both, format: png}
  write: {type: write, in: encode}
)" + more;
}

// Joins a constant, /logo.png, and the item.
std::string with_logo(const std::string& compose) {
  return R"(imagemill: 1
nodes:
  logo: {type: image, file: /logo.png}
  read: {type: read}
  decode: {type: decode, in: read, depth: keep}
  both: {type: compose, )" +
         compose + R"(}
  encode: {type: encode, in: both, format: png}
  write: {type: write, in: encode}
)";
}

// The output made from a.png.
Image made(const std::string& graph, const Files& files) {
  const Outputs run = run_every_way(graph, files);
  CHECK(run.failures.empty());
  return picture(run.files.at("a.png"));
}

std::array<int, 3> at(const Image& image, int x, int y) {
  return {sample(image, x, y, 0), sample(image, x, y, 1), sample(image, x, y, 2)};
}

constexpr std::array<int, 3> kRedThere = {200, 0, 0};
constexpr std::array<int, 3> kBlueThere = {0, 0, 200};
constexpr std::array<int, 3> kWhiteThere = {255, 255, 255};

}  // namespace

TEST_CASE("Two branches of an item lie over each other, or side by side", "[nodes]") {
  const Files red = {{"a.png", png_file(plain({40, 40}, kRed))}};
  // The small one: 10 × 20, blue but for 10 × 10 in its middle.
  const Image over = made(two_branches("anchor: bottom-left, margin: 2"), red);
  CHECK(over.size() == Size{40, 40});
  CHECK(at(over, 2, 18) == kBlueThere);
  CHECK(at(over, 11, 37) == kBlueThere);
  CHECK(at(over, 6, 28) == kRedThere);
  CHECK(at(over, 1, 18) == kRedThere);
  CHECK(at(over, 2, 17) == kRedThere);

  const Image beside = made(two_branches("arrangement: beside"), red);
  CHECK(beside.size() == Size{50, 40});
  CHECK(at(beside, 39, 0) == kRedThere);
  CHECK(at(beside, 45, 9) == kWhiteThere);
  CHECK(at(beside, 45, 10) == kBlueThere);
  CHECK(at(beside, 45, 20) == kRedThere);

  const Image stacked = made(two_branches("arrangement: stacked, background: black"), red);
  CHECK(stacked.size() == Size{40, 60});
  CHECK(at(stacked, 20, 39) == kRedThere);
  CHECK(at(stacked, 14, 40) == std::array{0, 0, 0});
  CHECK(at(stacked, 15, 40) == kBlueThere);
}

TEST_CASE("An overlay may be scaled to a share of its base, and shine through", "[nodes]") {
  const Files red = {{"a.png", png_file(plain({40, 40}, kRed))},
                     {"/logo.png", png_file(plain({10, 5}, kBlue))}};
  const std::string in = "in: {base: decode, overlay: logo}";
  const Image half = made(with_logo(in + ", width: 50%, anchor: top-left"), red);
  CHECK(at(half, 19, 9) == kBlueThere);
  CHECK(at(half, 20, 9) == kRedThere);
  CHECK(at(half, 19, 10) == kRedThere);
  const Image faint = made(with_logo(in + ", opacity: 0.5, anchor: top-left"), red);
  CHECK(at(faint, 9, 4) == std::array{100, 0, 100});
  CHECK(same_pixels(made(with_logo(in + ", opacity: 0"), red), plain({40, 40}, kRed)));
}

TEST_CASE("A constant may be the base, and stays as it was", "[nodes]") {
  Files files = {{"/logo.png", png_file(plain({30, 20}, kBlue))}};
  for (const std::string name : {"a.png", "b.png", "c.png", "d.png"}) {
    files[name] = png_file(plain({4, 4}, kRed));
  }
  const Outputs run =
      run_every_way(with_logo("in: {overlay: decode, base: logo}, anchor: top-left"), files);
  REQUIRE(run.files.size() == 4);
  for (const auto& [name, file] : run.files) {
    const Image image = picture(file);
    CHECK(image.size() == Size{30, 20});
    CHECK(at(image, 3, 3) == kRedThere);
    CHECK(at(image, 4, 4) == kBlueThere);
  }
}

TEST_CASE("A logo's transparent parts stay free", "[nodes]") {
  const Image logo =
      paint({10, 10}, {4, 8}, [](int x, int, int c) { return c == 3 ? (x < 5 ? 255 : 0) : 255; });
  const Image image =
      made(with_logo("in: {base: decode, overlay: logo}, anchor: top-left"),
           {{"a.png", png_file(plain({40, 40}, kRed))}, {"/logo.png", png_file(logo)}});
  CHECK(at(image, 4, 4) == kWhiteThere);
  CHECK(at(image, 5, 4) == kRedThere);
}

TEST_CASE("Pictures of all formats can be joined, and the plan bounds them", "[nodes]") {
  const std::string arrangement = GENERATE("overlay", "beside", "stacked");
  for (const int bits : {8, 16}) {
    for (const int channels : {1, 2, 3, 4}) {
      for (const std::string logo_file : {"gray", "rgba"}) {
        INFO(arrangement << " " << bits << " " << channels << " " << logo_file);
        const Image image = noise({33, 21}, {channels, bits}, 1);
        const Image logo = noise({7, 9}, {logo_file == "gray" ? 1 : 4, 8}, 2);
        const Files files = {{"a.png", png_file(image)}, {"/logo.png", png_file(logo)}};
        const Outputs run = run_graph(
            with_logo("in: {base: decode, overlay: logo}, arrangement: " + arrangement), files);
        REQUIRE(run.failures.empty());
        const Image both = picture(run.files.at("a.png"));
        CHECK(both.format().bits == bits);
        CHECK(both.format().is_gray() == (channels <= 2 && logo_file == "gray"));
      }
    }
  }
}

TEST_CASE("A branch that fails fails its item once, and is named", "[nodes]") {
  Files files = {{"wide.png", png_file(plain({60'000, 1}, kRed))}};
  for (int i = 0; i < 5; ++i) files[std::to_string(i) + ".png"] = png_file(plain({9, 9}, kRed));
  // Planned: 120,000 pixels are too long. Only when it is decoded: half a file.
  Bytes cut = png_file(noise({90, 90}, {3, 8}, 1));
  cut.resize(cut.size() / 2);
  files["cut.png"] = cut;
  const std::string graph = R"(imagemill: 1
nodes:
  read: {type: read}
  one: {type: decode, in: read}
  two: {type: decode, in: read}
  large: {type: resize, in: two, width: 200%}
  both: {type: compose, in: {base: one, overlay: large}}
  encode: {type: encode, in: both}
  write: {type: write, in: encode}
)";
  const Outputs run = run_every_way(graph, files);
  CHECK(run.files.size() == 5);
  CHECK(run.report.items.failed == 2);
  CHECK(run.failures.at("wide.png") == "large: too_many_pixels");
  CHECK(run.failures.at("cut.png") == "one: truncated, two: truncated");
}

TEST_CASE("A logo is turned upright, and of 8 bits", "[nodes]") {
  const Bytes turned = with_orientation(jpeg_file(gradient({30, 20}, {3, 8})), 6);
  const std::string graph = with_logo("in: {base: logo, overlay: decode}, opacity: 0");
  CHECK(made(graph, {{"a.png", png_file(plain({4, 4}, kRed))}, {"/logo.png", turned}}).size() ==
        Size{20, 30});
  const Bytes deep = png_file(noise({5, 5}, {3, 16}, 1));
  CHECK(made(graph, {{"a.png", png_file(plain({4, 4}, kRed))}, {"/logo.png", deep}}).format() ==
        PixelFormat{3, 8});
}

TEST_CASE("A logo that can't be loaded stops the run before it starts", "[nodes]") {
  const auto error_of = [](const Files& logo) -> std::string {
    Files files = logo;
    files["a.png"] = png_file(plain({4, 4}, kRed));
    try {
      run_graph(with_logo("in: {base: decode, overlay: logo}"), files);
    } catch (const std::runtime_error& e) {
      return e.what();
    }
    return "";
  };
  CHECK(error_of({}) == "logo: not_found: '/logo.png': cannot open: No such file or directory");
  CHECK(
      error_of({{"/logo.png", bytes_of("text")}}).starts_with("logo: not_an_image: '/logo.png': "));
  Bytes cut = png_file(plain({40, 40}, kRed));
  cut.resize(20);
  CHECK(error_of({{"/logo.png", cut}}) ==
        "logo: truncated: '/logo.png': the file ends before its header does");
}

TEST_CASE("The shared memory of constants counts against the budget", "[nodes]") {
  const auto loaded = parse_graph(with_logo("in: {base: decode, overlay: logo}"), "test");
  REQUIRE(loaded);
  const Files files = {{"a.png", png_file(plain({4, 4}, kRed))},
                       {"/logo.png", png_file(plain({100, 50}, kBlue))}};
  CHECK(run_graph(loaded->graph, files).failures.empty());
  CHECK(loaded->graph.constant_bytes() >= 100 * 50 * 3);
}
