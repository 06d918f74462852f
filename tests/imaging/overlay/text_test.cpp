#include "nodes/imaging/overlay/text.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <string>

#include "tests/imaging/overlay/rendered_text.h"
#include "tests/support/catch.h"

namespace imagemill::imaging {
namespace {

// Ink somewhere in each of the four outermost rows and columns.
bool is_tight(const Mask& mask) {
  const auto at = [&](int x, int y) { return mask.coverage[y * mask.size.width + x]; };
  bool left = false, right = false, top = false, bottom = false;
  for (int y = 0; y < mask.size.height; ++y) {
    left = left || at(0, y) > 0;
    right = right || at(mask.size.width - 1, y) > 0;
  }
  for (int x = 0; x < mask.size.width; ++x) {
    top = top || at(x, 0) > 0;
    bottom = bottom || at(x, mask.size.height - 1) > 0;
  }
  return left && right && top && bottom;
}

int sample(const Image& image, int x, int y, int c) {
  const int i = x * image.format().channels + c;
  return image.format().bits == 8 ? image.row(y)[i] : image.row16(y)[i];
}

// Channel c has the value 100 + c, times 257 for 16 bits.
Image make_plain(Size size, PixelFormat format) {
  Image image(size, format);
  for (int y = 0; y < size.height; ++y) {
    for (int i = 0; i < size.width * format.channels; ++i) {
      const int value = 100 + i % format.channels;
      if (format.bits == 8) {
        image.mutable_row(y)[i] = static_cast<std::uint8_t>(value);
      } else {
        image.mutable_row16(y)[i] = static_cast<std::uint16_t>(value * 257);
      }
    }
  }
  return image;
}

bool same(const Image& a, const Image& b) {
  if (a.size() != b.size() || a.format() != b.format()) return false;
  for (int y = 0; y < a.height(); ++y) {
    if (!std::equal(a.row(y), a.row(y) + a.width() * a.format().bytes_per_pixel(), b.row(y))) {
      return false;
    }
  }
  return true;
}

const Mask kSquare{{2, 2}, {255, 128, 0, 1}};

TEST_CASE("text becomes a mask as large as its ink", "[imaging][text]") {
  const Mask mask = render("imagemill");
  CHECK(mask.coverage.size() == static_cast<std::size_t>(mask.size.width) * mask.size.height);
  CHECK(is_tight(mask));
  CHECK(mask.size.width > 50);
  CHECK(mask.size.width < 90);
  CHECK(mask.size.height > 10);
  CHECK(mask.size.height < 16);
  CHECK(*std::max_element(mask.coverage.begin(), mask.coverage.end()) == 255);

  const Mask larger = render("imagemill", 28);
  CHECK(larger.size.width > mask.size.width * 3 / 2);
}

TEST_CASE("rendering twice gives the same mask", "[imaging][text]") {
  Font font = default_font();
  const Mask first = render(font, "© Émile & Zoë, AVATAR", 14);
  render(font, "something else", 31);
  const Mask second = render(font, "© Émile & Zoë, AVATAR", 14);
  CHECK(first.size == second.size);
  CHECK(first.coverage == second.coverage);
  CHECK(render("© Émile & Zoë, AVATAR").coverage == first.coverage);
}

TEST_CASE("a part of a line is what the whole line has there", "[imaging][text]") {
  Font font = default_font();
  for (const int pixels : {14, 90, 200, Font::kWholeGlyphs + 100}) {
    INFO(pixels);
    const std::string text = pixels > 200 ? "Ágf" : "© Émile, fjord";
    const auto line = font.lay_out(text, pixels);
    REQUIRE(line);
    const Mask whole = font.rasterise(*line, {0, 0, line->size.width, line->size.height});
    CHECK(is_tight(whole));
    const int w = line->size.width;
    const int h = line->size.height;
    for (const VisiblePart& part :
         {VisiblePart{w / 3, 0, w / 2, h}, VisiblePart{0, h / 3, w, h / 3 + 1},
          VisiblePart{w / 4, h / 4, w - 1, h - 1}, VisiblePart{w - 3, h - 3, w, h}}) {
      const Mask seen = font.rasterise(*line, part);
      REQUIRE(seen.size == part.size());
      int most = 0;
      for (int y = 0; y < seen.size.height; ++y) {
        for (int x = 0; x < seen.size.width; ++x) {
          const int there =
              whole.coverage[static_cast<std::size_t>((part.top + y) * w + part.left + x)];
          most = std::max(
              most,
              std::abs(seen.coverage[static_cast<std::size_t>(y * seen.size.width + x)] - there));
        }
      }
      // FreeType splits the curves of a large glyph according to what shows of it.
      CHECK(most <= (pixels > Font::kWholeGlyphs ? 3 : 0));
    }
    CHECK(font.rasterise(*line, {3, 3, 3, 9}).coverage.empty());
  }
}

TEST_CASE("the size from which glyphs are drawn in parts changes nothing to see",
          "[imaging][text]") {
  const Mask below = render("Rg", Font::kWholeGlyphs);
  const Mask above = render("Rg", Font::kWholeGlyphs + 1);
  CHECK(std::abs(above.size.width - below.size.width) < 6);
  CHECK(std::abs(above.size.height - below.size.height) < 6);
  const auto ink = [](const Mask& mask) {
    return std::accumulate(mask.coverage.begin(), mask.coverage.end(), 0.0);
  };
  CHECK(ink(above) / ink(below) > 0.99);
  CHECK(ink(above) / ink(below) < 1.01);
}

TEST_CASE("a line that would reach too far is a fault", "[imaging][text]") {
  Font font = default_font();
  CHECK(font.lay_out(std::string(3000, 'W'), 200));
  const auto line = font.lay_out(std::string(3000, 'W'), 65'000);
  REQUIRE(!line);
  CHECK(line.error().message == "The text is too long at 65000 px.");
}

TEST_CASE("text is shaped", "[imaging][text]") {
  const auto width = [](const std::string& text) { return render(text, 40).size.width; };
  CHECK(width("é") > 10);
  CHECK(render("é", 40).size.height > render("e", 40).size.height);
  CHECK(width("©") > 20);
  CHECK(width("AVAVAV") < width("AAA") + width("VVV"));  // kerned
  // Joined letters are narrower than the same letters with non-joiners between them.
  CHECK(width("سلام") < width("س\u200Cل\u200Cا\u200Cم"));
  CHECK(width("\U0001F9FF") > 0);  // a box for what the font lacks
}

TEST_CASE("text without ink gives an empty mask", "[imaging][text]") {
  for (const std::string text : {"", " ", "\u00A0  "}) {
    const Mask mask = render(text);
    CHECK(mask.size == Size{0, 0});
    CHECK(mask.coverage.empty());
    const Image image = make_plain({4, 4}, {3, 8});
    CHECK(same(draw(image, mask, {0, 0}, {255, 255, 255}, 1), image));
  }
}

TEST_CASE("text that is not UTF-8 is a fault", "[imaging][text]") {
  Font font = default_font();
  const std::string texts[] = {
      "\xFF",         "caf\xE9",          "\xC3", "\xC0\xAF", "\xE0\x80\x80", "\xF0\x80\x80\x80",
      "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80", "\xE2\x82 "};
  for (const std::string& text : texts) {
    const auto line = font.lay_out(text, 14);
    REQUIRE(!line);
    CHECK(line.error().code == "bad_text");
  }
  CHECK(font.lay_out("\u007E\u00A0\u07FF\u0800\uFFFD\U00010000\U0010FFFF", 14));
}

TEST_CASE("a font that is not there is a fault that names it", "[imaging][text]") {
  const auto missing = Font::open("/nowhere/Some.ttf");
  REQUIRE(!missing);
  CHECK(missing.error().code == "no_font");
  CHECK(missing.error().message.find("/nowhere/Some.ttf") != std::string::npos);

  const auto no_font = Font::open("/dev/null");
  REQUIRE(!no_font);
  CHECK(no_font.error().code == "no_font");

  for (const std::string name : {"NoSuchFont.ttf", "/nowhere/Some.ttf", "../Some.ttf"}) {
    const auto path = Font::find(name);
    REQUIRE(!path);
    CHECK(path.error().code == "no_font");
    CHECK(path.error().message.find(name) != std::string::npos);
  }
}

TEST_CASE("a font is found by its file's name or its path", "[imaging][text]") {
  const auto standard = Font::find("");
  REQUIRE(standard);
  CHECK(Font::find("DejaVuSans.ttf").value() == *standard);
  CHECK(Font::find(*standard).value() == *standard);
}

TEST_CASE("a mark goes to any of nine places", "[imaging][text]") {
  const auto at = [](Anchor anchor) {
    const Position position = place({100, 60}, {20, 10}, anchor, 7);
    return std::pair(position.x, position.y);
  };
  CHECK(at(Anchor::top_left) == std::pair(7, 7));
  CHECK(at(Anchor::top) == std::pair(40, 7));
  CHECK(at(Anchor::top_right) == std::pair(73, 7));
  CHECK(at(Anchor::left) == std::pair(7, 25));
  CHECK(at(Anchor::center) == std::pair(40, 25));
  CHECK(at(Anchor::right) == std::pair(73, 25));
  CHECK(at(Anchor::bottom_left) == std::pair(7, 43));
  CHECK(at(Anchor::bottom) == std::pair(40, 43));
  CHECK(at(Anchor::bottom_right) == std::pair(73, 43));
  CHECK(place({10, 10}, {30, 4}, Anchor::right, 2).x == -22);
}

TEST_CASE("drawing mixes by coverage and opacity", "[imaging][text]") {
  for (const int bits : {8, 16}) {
    const int unit = bits == 8 ? 1 : 257;
    for (const int channels : {1, 3}) {
      CAPTURE(bits, channels);
      const Image image = make_plain({5, 4}, {channels, bits});
      const Image full = draw(image, kSquare, {1, 1}, {200, 200, 200}, 1);
      const Image half = draw(image, kSquare, {1, 1}, {200, 200, 200}, 0.5);
      for (int c = 0; c < channels; ++c) {
        const int old = 100 + c;
        CHECK(sample(full, 1, 1, c) == 200 * unit);
        CHECK(std::abs(sample(full, 2, 1, c) - (old + (200 - old) * 128.0 / 255) * unit) <= 1);
        CHECK(sample(full, 1, 2, c) == old * unit);
        CHECK(std::abs(sample(half, 1, 1, c) - (old + 200) * 0.5 * unit) <= 1);
        CHECK(sample(full, 0, 0, c) == old * unit);
        CHECK(sample(full, 3, 1, c) == old * unit);
        CHECK(sample(full, 1, 3, c) == old * unit);
      }
      CHECK(same(draw(image, kSquare, {1, 1}, {200, 200, 200}, 0), image));
    }
  }
}

TEST_CASE("straight alpha is composited source over", "[imaging][text]") {
  for (const int bits : {8, 16}) {
    const int unit = bits == 8 ? 1 : 257;
    for (const int channels : {2, 4}) {
      CAPTURE(bits, channels);
      Image image = make_plain({3, 1}, {channels, bits});
      for (int c = 0; c < channels; ++c) {  // pixel 2 is transparent
        if (bits == 8) {
          image.mutable_row(0)[2 * channels + c] = 0;
        } else {
          image.mutable_row16(0)[2 * channels + c] = 0;
        }
      }
      const Mask mask{{3, 1}, {255, 128, 128}};
      const Image out = draw(image, mask, {0, 0}, {200, 200, 200}, 1);
      const int alpha = channels - 1;
      CHECK(sample(out, 0, 0, 0) == 200 * unit);
      CHECK(sample(out, 0, 0, alpha) == 255 * unit);
      const double above = 128.0 / 255;
      const double below = (100.0 + alpha) / 255 * (1 - above);
      CHECK(std::abs(sample(out, 1, 0, alpha) - (above + below) * 255 * unit) <= 1);
      CHECK(std::abs(sample(out, 1, 0, 0) - (200 * above + 100 * below) / (above + below) * unit) <=
            0.6);
      CHECK(sample(out, 2, 0, 0) == 200 * unit);
      CHECK(sample(out, 2, 0, alpha) == 128 * unit);
    }
  }
}

TEST_CASE("a coloured mark makes a gray picture RGB", "[imaging][text]") {
  const Image gray = make_plain({4, 4}, {1, 8});
  const Image out = draw(gray, kSquare, {0, 0}, {250, 10, 20}, 1);
  CHECK(out.format() == PixelFormat{3, 8});
  CHECK(sample(out, 0, 0, 0) == 250);
  CHECK(sample(out, 0, 0, 1) == 10);
  CHECK(sample(out, 3, 3, 2) == 100);
  CHECK(draw(gray, kSquare, {0, 0}, {9, 9, 9}, 1).format() == PixelFormat{1, 8});
}

TEST_CASE("what falls outside the picture is clipped", "[imaging][text]") {
  const Mask mask = render("imagemill", 40);
  const Image image = make_plain({20, 12}, {3, 8});
  // The same mark on a canvas that holds it all.
  const Size canvas_size{400, 200};
  for (const Position position :
       {Position{-30, -5}, Position{5, 3}, Position{-30, 6}, Position{19, 11}}) {
    CAPTURE(position.x, position.y);
    const Position shifted{position.x + 100, position.y + 60};
    const Image canvas =
        draw(make_plain(canvas_size, {3, 8}), mask, shifted, {255, 255, 255}, 0.63);
    const Image out = draw(image, mask, position, {255, 255, 255}, 0.63);
    bool equal = true;
    for (int y = 0; y < image.height(); ++y) {
      for (int x = 0; x < image.width(); ++x) {
        equal = equal && sample(out, x, y, 0) == sample(canvas, x + 100, y + 60, 0);
      }
    }
    CHECK(equal);
  }
  for (const Position position :
       {Position{-500, 0}, Position{20, 0}, Position{0, 12}, Position{0, -100}}) {
    CHECK(same(draw(image, mask, position, {255, 255, 255}, 1), image));
  }
}

TEST_CASE("pixels that others see are not drawn upon", "[imaging][text]") {
  const Image image = make_plain({4, 4}, {3, 8});
  const Image out = draw(image, kSquare, {0, 0}, {255, 255, 255}, 1);
  CHECK(sample(image, 0, 0, 0) == 100);
  CHECK(out.row(0) != image.row(0));

  Image own = make_plain({4, 4}, {3, 8});
  const std::uint8_t* pixels = own.row(0);
  own = draw(std::move(own), kSquare, {0, 0}, {255, 255, 255}, 1);
  CHECK(own.row(0) == pixels);
}

}  // namespace
}  // namespace imagemill::imaging
