// resize: geometry, and what its parameters do to the pixels.
#include "tests/support/catch.h"
#include "tests/support/node_runner.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

Image resized(const Image& image, const std::string& parameters) {
  return NodeRunner("{type: resize, " + parameters + "}").run(image).value();
}

Size size_of(const std::string& parameters, Size from = {200, 100}) {
  return resized(gradient(from, {3, 8}), parameters).size();
}

// Red on the left or above, blue on the right or below.
Image halves(Size size, bool side_by_side) {
  return paint(size, {3, 8}, [&](int x, int y, int c) {
    const bool first = side_by_side ? 2 * x < size.width : 2 * y < size.height;
    return c == (first ? 0 : 2) ? 255 : 0;
  });
}

double mean(const Image& image, int channel) {
  double sum = 0;
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) sum += sample(image, x, y, channel);
  }
  return sum / (image.width() * image.height());
}

}  // namespace

TEST_CASE("The five fits have the sizes that CSS gives them", "[nodes]") {
  CHECK(size_of("width: 50, height: 80, fit: fill") == Size{50, 80});
  CHECK(size_of("width: 50, height: 80, fit: cover") == Size{50, 80});
  CHECK(size_of("width: 50, height: 80, fit: contain") == Size{50, 80});
  CHECK(size_of("width: 50, height: 80, fit: inside") == Size{50, 25});
  CHECK(size_of("width: 80, height: 20, fit: inside") == Size{40, 20});
  CHECK(size_of("width: 50, height: 80, fit: outside") == Size{160, 80});
  CHECK(size_of("width: 50, height: 80") == Size{50, 25});
}

TEST_CASE("A side that is not given follows from the other", "[nodes]") {
  for (const std::string fit : {"fill", "cover", "contain", "inside", "outside"}) {
    CHECK(size_of("width: 50, fit: " + fit) == Size{50, 25});
    CHECK(size_of("height: 50px, fit: " + fit) == Size{100, 50});
    CHECK(size_of("width: 3, fit: " + fit, {1000, 1}) == Size{3, 1});
  }
}

TEST_CASE("A side that is given is kept, whatever the other rounds to", "[nodes]") {
  for (int height = 100; height <= 140; ++height) {
    const NodeRunner by_width("{type: resize, width: 100}");
    const NodeRunner by_height("{type: resize, height: 13, fit: outside}");
    const Facts facts = facts_of(Image({1600, 10 * height + 7}, {1, 8}));
    CHECK(by_width.plan(facts)->plan.out.width == 100);
    CHECK(by_height.plan(facts)->plan.out.height == 13);
  }
}

TEST_CASE("Percentages are of the image", "[nodes]") {
  CHECK(size_of("width: 25%") == Size{50, 25});
  CHECK(size_of("width: 25%, height: 75%, fit: fill") == Size{50, 75});
  CHECK(size_of("height: 150%") == Size{300, 150});
  CHECK(size_of("width: 0.001%") == Size{1, 1});
  CHECK(size_of("width: 33.3%, height: 10px, fit: fill") == Size{67, 10});
}

TEST_CASE("An image is enlarged unless that is switched off", "[nodes]") {
  CHECK(size_of("width: 400") == Size{400, 200});
  for (const std::string fit : {"fill", "inside", "outside", "cover"}) {
    CHECK(size_of("width: 400, enlarge: false, fit: " + fit) == Size{200, 100});
  }
  CHECK(size_of("width: 300, height: 50, enlarge: false, fit: cover") == Size{200, 50});
  CHECK(size_of("width: 300, height: 50, enlarge: false, fit: fill") == Size{200, 50});
  CHECK(size_of("width: 50, enlarge: false") == Size{50, 25});
  CHECK(size_of("width: 300, height: 200, enlarge: false, fit: contain") == Size{300, 200});
}

TEST_CASE("An image of the wanted size keeps its pixels", "[nodes]") {
  const std::string filter = GENERATE("box", "bilinear", "lanczos3");
  const Image image = noise({40, 30}, {3, 8}, 1);
  CHECK(same_pixels(resized(image, "width: 40, filter: " + filter), image));
}

TEST_CASE("cover keeps the part that the anchor names", "[nodes]") {
  const Image wide = halves({200, 100}, true);
  const auto cover = [](const Image& image, const std::string& anchor) {
    return resized(image, "width: 100, height: 100, fit: cover, anchor: " + anchor);
  };
  for (const std::string anchor : {"left", "top-left", "bottom-left"})
    CHECK(mean(cover(wide, anchor), 2) < 2);
  for (const std::string anchor : {"right", "top-right", "bottom-right"})
    CHECK(mean(cover(wide, anchor), 0) < 2);
  for (const std::string anchor : {"top", "center", "bottom"})
    CHECK(mean(cover(wide, anchor), 0) == Approx(127.5).margin(2));

  const Image high = halves({100, 200}, false);
  for (const std::string anchor : {"top", "top-left", "top-right"})
    CHECK(mean(cover(high, anchor), 2) < 2);
  for (const std::string anchor : {"bottom", "bottom-left", "bottom-right"})
    CHECK(mean(cover(high, anchor), 0) < 2);
  CHECK(mean(cover(high, "center"), 0) == Approx(127.5).margin(2));
}

TEST_CASE("contain puts the image where the anchor says and pads the rest", "[nodes]") {
  const Image image = paint({20, 10}, {3, 8}, [](int, int, int) { return 77; });
  const auto contain = [&](const std::string& anchor) {
    return resized(image,
                   "width: 20, height: 31, fit: contain, background: '#0a141e', anchor: " + anchor);
  };
  const auto first_row = [](const Image& padded) {
    int y = 0;
    while (sample(padded, 0, y, 0) != 77) ++y;
    for (int row = 0; row < padded.height(); ++row) {
      const bool inside = row >= y && row < y + 10;
      for (int c = 0; c < 3; ++c) CHECK(sample(padded, 5, row, c) == (inside ? 77 : 10 * (c + 1)));
    }
    return y;
  };
  CHECK(first_row(contain("top")) == 0);
  CHECK(first_row(contain("center")) == 10);
  CHECK(first_row(contain("bottom-left")) == 21);
}

TEST_CASE("contain pads with white, with transparency, and in colour", "[nodes]") {
  const auto padding = [](PixelFormat format, const std::string& background) {
    const Image image = paint({4, 2}, format, [](int, int, int) { return 100; });
    const Image padded =
        resized(image, "width: 4, height: 4, fit: contain, anchor: top" + background);
    std::vector<int> samples;
    for (int c = 0; c < padded.format().channels; ++c) samples.push_back(sample(padded, 2, 3, c));
    return samples;
  };
  using Samples = std::vector<int>;
  CHECK(padding({3, 8}, "") == Samples{255, 255, 255});
  CHECK(padding({1, 8}, "") == Samples{255});
  CHECK(padding({3, 16}, "") == Samples{65535, 65535, 65535});
  CHECK(padding({4, 8}, "").back() == 0);
  CHECK(padding({2, 16}, ", background: '#ff0000'").back() == 0);
  CHECK(padding({1, 8}, ", background: black") == Samples{0});
  CHECK(padding({1, 8}, ", background: '#ff8001'") == Samples{255, 128, 1});
  CHECK(padding({3, 16}, ", background: '#ff8001'") == Samples{65535, 128 * 257, 257});
}

TEST_CASE("Each filter is another, and none changes an even picture", "[nodes]") {
  const Image image = noise({64, 64}, {3, 8}, 1);
  const Image even = paint({64, 64}, {3, 8}, [](int, int, int c) { return 60 + 50 * c; });
  std::vector<Image> results;
  for (const std::string filter : {"box", "bilinear", "mitchell", "lanczos3"}) {
    results.push_back(resized(image, "width: 23, filter: " + filter));
    const Image still_even = resized(even, "width: 23, filter: " + filter);
    CHECK(same_pixels(still_even,
                      paint({23, 23}, {3, 8}, [](int, int, int c) { return 60 + 50 * c; })));
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) CHECK_FALSE(same_pixels(results[i], results[k]));
  }
  CHECK(same_pixels(results[3], resized(image, "width: 23")));
}

TEST_CASE("The box filter at half the size is the mean of four pixels", "[nodes]") {
  const Image image = noise({20, 12}, {1, 8}, 1);
  const Image half = resized(image, "width: 50%, filter: box");
  for (int y = 0; y < 6; ++y) {
    for (int x = 0; x < 10; ++x) {
      const int sum = sample(image, 2 * x, 2 * y, 0) + sample(image, 2 * x + 1, 2 * y, 0) +
                      sample(image, 2 * x, 2 * y + 1, 0) + sample(image, 2 * x + 1, 2 * y + 1, 0);
      CHECK(sample(half, x, y, 0) == Approx(sum / 4.0).margin(0.51));
    }
  }
}

TEST_CASE("The colour of what is transparent does not bleed", "[nodes]") {
  const Image image = paint({64, 64}, {4, 8}, [](int x, int, int c) {
    const bool transparent = x % 2 == 0;  // and red; the others are opaque and blue
    return c == 3 ? (transparent ? 0 : 255) : c == (transparent ? 0 : 2) ? 255 : 0;
  });
  const Image small = resized(image, "width: 16");
  CHECK(mean(small, 0) < 1);
  CHECK(mean(small, 2) > 254);
  CHECK(mean(small, 3) == Approx(127.5).margin(3));
}

TEST_CASE("The profile goes along, unless gray becomes colour", "[nodes]") {
  for (const std::string fit : {"fill", "cover", "contain", "inside", "outside"}) {
    const Image image = with_profile(gradient({40, 20}, {3, 8}), rgb_profile());
    const Image out = resized(image, "width: 10, height: 10, fit: " + fit);
    REQUIRE(out.icc());
    CHECK(*out.icc() == rgb_profile());
  }
  const Image gray = with_profile(gradient({40, 20}, {1, 8}), gray_profile());
  CHECK(*resized(gray, "width: 10, height: 10, fit: contain").icc() == gray_profile());
  CHECK_FALSE(resized(gray, "width: 10, height: 10, fit: contain, background: '#ff0000'").icc());
}

TEST_CASE("What would be longer than a JPEG can be fails before it is made", "[nodes]") {
  const NodeRunner resize("{type: resize, width: 65500}");
  CHECK(resize.plan(facts_of(Image({100, 100}, {1, 8}))));
  for (const Size size : {Size{100, 101}, {1, 131'072}}) {
    for (const std::string width : {"65500", "32768", "10000%"}) {
      if (size.width == 100 && width != "65500") continue;
      const auto planned =
          NodeRunner("{type: resize, width: " + width + "}").plan(facts_of(Image(size, {1, 8})));
      REQUIRE_FALSE(planned);
      CHECK(planned.error().code == "too_many_pixels");
    }
  }
  CHECK_FALSE(NodeRunner("{type: resize, width: 10000%}").plan(facts_of(Image({1000, 1}, {1, 8}))));
}

TEST_CASE("The image that was given is left as it was", "[nodes]") {
  const Image image = noise({30, 20}, {3, 8}, 1);
  const Image before =
      paint({30, 20}, {3, 8}, [&](int x, int y, int c) { return sample(image, x, y, c); });
  resized(image, "width: 10");
  CHECK(same_pixels(image, before));
}
