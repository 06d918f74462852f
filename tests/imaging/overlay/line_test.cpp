// One line of text: what may be in it, what the font lacks of it, and what is rendered for it.
#include <string>
#include <vector>

#include "nodes/imaging/bytes/utf8.h"
#include "tests/imaging/overlay/rendered_text.h"

namespace imagemill::imaging {
namespace {

TEST_CASE("a character is written and named", "[imaging][text]") {
  for (const char32_t character : U"A\u007F\u0080\u07FF\u0800\uFFFD\U00010000\U0010FFFF") {
    const std::string text = to_utf8(character);
    CHECK(first_character(text).code_point == character);
    CHECK(first_character(text).bytes == text.size());
  }
  CHECK(to_utf8(U'写') == "写");
  CHECK(code_point_name(U'A') == "U+0041");
  CHECK(code_point_name(U'写') == "U+5199");
  CHECK(code_point_name(0x10FFFF) == "U+10FFFF");
}

TEST_CASE("a line break or another control character is a fault that names it", "[imaging][text]") {
  const auto fault_of = [](const std::string& text) {
    const auto line = default_font().lay_out(text, 14);
    return line ? "" : std::string(line.error().code) + ": " + line.error().message;
  };
  const auto broken = [](const std::string& name) {
    return "bad_text: The text has a line break (U+" + name + ").";
  };
  const auto controlled = [](const std::string& name) {
    return "bad_text: The text has a control character (U+" + name + ").";
  };
  CHECK(fault_of("a\nb") == broken("000A"));
  CHECK(fault_of("a\r\n") == broken("000D"));
  CHECK(fault_of("\v") == broken("000B"));
  CHECK(fault_of("\f") == broken("000C"));
  CHECK(fault_of("a\u0085b") == broken("0085"));
  CHECK(fault_of("a\u2028b") == broken("2028"));
  CHECK(fault_of("a\u2029b") == broken("2029"));
  CHECK(fault_of("a\tb") == controlled("0009"));
  CHECK(fault_of(std::string("a\0b", 3)) == controlled("0000"));
  CHECK(fault_of("\x1B[1m") == controlled("001B"));
  CHECK(fault_of("\x7F") == controlled("007F"));
  CHECK(fault_of("\u0080") == controlled("0080"));
  CHECK(fault_of("\u009F") == controlled("009F"));
  CHECK(fault_of(" \u00A0~") == "");
}

TEST_CASE("characters that the font lacks are named, each once", "[imaging][text]") {
  Font font = default_font();
  CHECK(font.name() == "DejaVuSans");
  const auto missing = [&](const std::string& text) { return font.lay_out(text, 14)->missing; };
  CHECK(missing("© Émile & Zoë, سلام, Ωα, fjord").empty());
  CHECK(missing("a写b真写") == U"写真");
  CHECK(missing("写سلام") == U"写");
  CHECK(missing("e\u1AB0x") == U"\u1AB0");  // a mark of a letter that the font has
  CHECK(missing("\U0001F468\u200D\U0001F469\uFE0F") == U"\U0001F468\U0001F469");
  CHECK(missing("\U0001F3F4\U000E0067\U000E007F") == U"\U0001F3F4");
  CHECK(missing("\U0010FFFF\uE000") == U"\U0010FFFF\uE000");
  CHECK(missing("e\u0301 \u00E9").empty());
}

TEST_CASE("characters that direct others show nothing and are not missing", "[imaging][text]") {
  Font font = default_font();
  const Mask plain = render(font, "ab", 40);
  for (const std::string text :
       {"a\u200Bb", "a\u2060b", "a\uFEFFb", "a\u00ADb", "\u200Eab\u200F", "\u202Aab\u202C",
        "\u202Bab\u202C", "\u202Dab\u202C", "\u2066ab\u2069", "\u2067ab\u2069", "\u2068ab\u2069",
        "\u061Cab", "ab\uFE0F"}) {
    CAPTURE(text);
    CHECK(font.lay_out(text, 40)->missing.empty());
    CHECK(render(font, text, 40).coverage == plain.coverage);
  }
  CHECK(render(font, "\u202Eab\u202C", 40).coverage == render(font, "ba", 40).coverage);
}

TEST_CASE("glyphs go from left to right in the order of both directions", "[imaging][text]") {
  Font font = default_font();
  const auto indices = [&](const std::string& text) {
    std::vector<unsigned> all;
    const auto line = font.lay_out(text, 20);
    for (const Glyph& glyph : line->glyphs) all.push_back(glyph.index);
    return all;
  };
  CHECK(indices("אבג") == indices("\u202Dגבא"));
  CHECK(indices("ab אבג 12") == indices("\u202Dab 12 גבא"));
  CHECK(indices("אבג 12 ab") == indices("\u202Dab 12 גבא"));
  CHECK(indices("א(b)ג") == indices("\u202Dג(b)א"));
}

TEST_CASE("a text that goes too far, or has too many characters, is told before it is drawn",
          "[imaging][text]") {
  Font font = default_font();
  const auto longest = font.lay_out(std::string(kLongestLine, 'i'), 14);
  REQUIRE(longest);
  CHECK(longest->glyphs.size() == kLongestLine);
  const std::uint64_t before = font.rendered();
  CHECK(font.lay_out(std::string(kLongestLine + 1, 'i'), 14).error().message ==
        "The text has more than 4096 characters.");
  CHECK(font.lay_out(std::string(kLongestLine, 'W'), 40'000).error().message ==
        "The text is too long at 40000 px.");
  CHECK(font.rendered() == before);
}

TEST_CASE("only glyphs that decide where the ink ends, or show, are rendered", "[imaging][text]") {
  Font font = default_font();
  std::string text;
  for (int i = 0; i < 400; ++i) text += "Wine, fjord; ";
  text.resize(kLongestLine);
  const auto line = font.lay_out(text, 1000);
  REQUIRE(line);
  CHECK(line->size.width > 1'000'000);
  CHECK(font.rendered() <= 40);
  const std::uint64_t measured = font.rendered();
  CHECK(font.rasterise(*line, {500'000, 0, 503'000, 100}).size == Size{3000, 100});
  CHECK(font.rendered() <= measured + 12);
}

TEST_CASE("a glyph that occurs again is not rendered again", "[imaging][text]") {
  Font font = default_font();
  const std::string text(1000, 'o');
  const Mask first = render(font, text, 17);
  // One for each fraction of a pixel.
  CHECK(font.rendered() <= 64);
  const std::uint64_t once = font.rendered();
  CHECK(render(font, text, 17).coverage == first.coverage);
  CHECK(render(font, "oooo", 17).size.width > 0);
  CHECK(font.rendered() == once);
  // At another size, and where more glyphs were needed than are kept.
  render(font, text, 18);
  std::string all;
  for (char32_t c = 0x21; c < 0x2000; ++c) {
    if (c < 0x7F || (c > 0xFF && (c < 0x0590 || c > 0x1DFF))) all += to_utf8(c);
  }
  render(font, all, 150);
  CHECK(render(font, text, 17).coverage == first.coverage);
}

TEST_CASE("a font that has laid out other lines lays one out as a new one does",
          "[imaging][text]") {
  Font font = default_font();
  for (const int pixels : {40, 17, 40}) {
    for (const std::string text :
         {"fjord AV", "سلام", "Ωα", "Привет", "שלום", "ქართული", "fjord AV", "سلام"}) {
      CAPTURE(pixels, text);
      Font fresh = default_font();
      const Mask expected = render(fresh, text, pixels);
      CHECK(render(font, text, pixels).coverage == expected.coverage);
    }
  }
}

TEST_CASE("laying out and rasterising end soon once nobody wants them", "[imaging][text]") {
  Font font = default_font();
  const std::string text(1000, 'o');
  const auto line = font.lay_out(text, 14, [] { return true; });
  REQUIRE(!line);
  CHECK(line.error().code == "interrupted");
  // Once for each run of one script, before its glyphs are measured.
  std::string scripts;
  for (int i = 0; i < 1000; ++i) scripts += "oлoω";
  int asked = 0;
  const auto runs = font.lay_out(scripts, 14, [&] { return ++asked == 1000; });
  REQUIRE(!runs);
  CHECK(asked == 1000);
  const auto whole = font.lay_out(text, 14);
  REQUIRE(whole);
  asked = 0;
  const Mask part = font.rasterise(*whole, {0, 0, whole->size.width, whole->size.height},
                                   [&] { return ++asked == 3; });
  CHECK(asked == 3);
  CHECK(part.size == whole->size);
}

}  // namespace
}  // namespace imagemill::imaging
