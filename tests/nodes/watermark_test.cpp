// watermark: where the text lands, and how strongly.
#include <algorithm>

#include "nodes/imaging/overlay/text.h"
#include "tests/support/catch.h"
#include "tests/support/graph_runner.h"
#include "tests/support/node_runner.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

Image black(Size size, PixelFormat format = {3, 8}) {
  return paint(size, format, [](int, int, int) { return 0; });
}

Image marked(const Image& image, const std::string& parameters) {
  return NodeRunner("{type: watermark, " + parameters + "}").run(image).value();
}

// The part of a picture, black before, that was drawn on: first and last column and row.
struct Ink {
  int left = 1 << 20, top = 1 << 20, right = -1, bottom = -1;
  int brightest = 0;
};

Ink ink_of(const Image& image, int channel = 0) {
  Ink ink;
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) {
      const int value = sample(image, x, y, channel);
      if (value == 0) continue;
      ink = {std::min(ink.left, x), std::min(ink.top, y), std::max(ink.right, x),
             std::max(ink.bottom, y), std::max(ink.brightest, value)};
    }
  }
  return ink;
}

}  // namespace

TEST_CASE("The nine anchors put the text at edges and centres", "[nodes]") {
  const int column = GENERATE(0, 1, 2);
  const int row = GENERATE(0, 1, 2);
  constexpr const char* kAnchors[3][3] = {{"top-left", "top", "top-right"},
                                          {"left", "center", "right"},
                                          {"bottom-left", "bottom", "bottom-right"}};
  const Ink ink = ink_of(marked(
      black({300, 200}),
      std::string("text: HIH, size: 20, opacity: 1, margin: 7, anchor: ") + kAnchors[row][column]));
  INFO(kAnchors[row][column]);
  REQUIRE(ink.right > ink.left + 20);
  const int before_x = ink.left;
  const int after_x = 299 - ink.right;
  const int before_y = ink.top;
  const int after_y = 199 - ink.bottom;
  if (column == 0) CHECK(before_x == 7);
  if (column == 1) CHECK(std::abs(before_x - after_x) <= 1);
  if (column == 2) CHECK(after_x == 7);
  if (row == 0) CHECK(before_y == 7);
  if (row == 1) CHECK(std::abs(before_y - after_y) <= 1);
  if (row == 2) CHECK(after_y == 7);
}

TEST_CASE("Margin and size may be shares of the image", "[nodes]") {
  const Image image = black({300, 200});
  const auto same = [&](const std::string& a, const std::string& b) {
    return same_pixels(marked(image, "text: Hi, " + a), marked(image, "text: Hi, " + b));
  };
  CHECK(same("margin: 10%", "margin: 20"));
  CHECK(same("size: 10%", "size: 20px"));
  CHECK_FALSE(same("size: 20", "size: 21"));
  CHECK_FALSE(same("margin: 20", "margin: 21"));
}

TEST_CASE("Opacity goes from nothing to the full colour", "[nodes]") {
  const auto brightest = [](const std::string& opacity) {
    return ink_of(marked(black({100, 60}), "text: HIH, size: 40, opacity: " + opacity)).brightest;
  };
  CHECK(brightest("0") == 0);
  CHECK(brightest("0.5") == Approx(127.5).margin(1));
  CHECK(brightest("0.63") == Approx(0.63 * 255).margin(1));
  CHECK(brightest("1") == 255);
}

TEST_CASE("A colour turns a gray image into RGB, a gray one does not", "[nodes]") {
  const int bits = GENERATE(8, 16);
  const int top = bits == 8 ? 255 : 65535;
  const Image gray =
      marked(black({100, 60}, {1, bits}), "text: HIH, size: 40, opacity: 1, color: '#808080'");
  CHECK(gray.format() == PixelFormat{1, bits});
  CHECK(ink_of(gray).brightest == Approx(top * 128.0 / 255).margin(1));

  const Image red =
      marked(black({100, 60}, {1, bits}), "text: HIH, size: 40, opacity: 1, color: '#ff0000'");
  CHECK(red.format() == PixelFormat{3, bits});
  CHECK(ink_of(red, 0).brightest == top);
  CHECK(ink_of(red, 1).brightest == 0);
}

TEST_CASE("Text on a transparent image can be seen", "[nodes]") {
  const Image mark = marked(black({100, 60}, {4, 8}), "text: HIH, size: 40, opacity: 1");
  CHECK(mark.format() == PixelFormat{4, 8});
  CHECK(ink_of(mark, 3).brightest == 255);
  CHECK(sample(mark, 0, 0, 3) == 0);
}

TEST_CASE("Text is UTF-8", "[nodes]") {
  const Image image = black({300, 60});
  const auto with_text = [&](const std::string& text) {
    return marked(image, "size: 30, text: \"" + text + "\"");
  };
  CHECK(ink_of(with_text("© Ünïcödé")).right > 0);
  CHECK_FALSE(same_pixels(with_text("©"), with_text("Â©")));
  CHECK_FALSE(same_pixels(with_text("é"), with_text("e")));
  CHECK(same_pixels(with_text("\\u00e9"), with_text("é")));
  CHECK(ink_of(with_text("写真")).right > 0);  // boxes
}

TEST_CASE("The text may have fields of the item", "[nodes]") {
  const Bytes photo = with_texts(jpeg_file(black({300, 60})), "EOS 5D", "2024:05:06 07:08:09");
  const Files files = {{"cats/a.jpg", photo}, {"cats/b.jpg", jpeg_file(black({300, 60}))}};
  const auto with = [&](const std::string& text) {
    return run_every_way(
               "imagemill: 1\nnodes:\n  read: {type: read, order: sorted}\n"
               "  decode: {type: decode, in: read}\n"
               "  mark: {type: watermark, in: decode, size: 20, text: \"" +
                   text +
                   "\"}\n"
                   "  encode: {type: encode, in: mark, format: png}\n"
                   "  write: {type: write, in: encode}\n",
               files)
        .files;
  };
  const Files fields = with("{dir} {stem} {index} {width}x{height} {format}");
  CHECK(fields.at("cats/a.png") == with("cats a 0 300x60 jpeg").at("cats/a.png"));
  CHECK(fields.at("cats/b.png") == with("cats b 1 300x60 jpeg").at("cats/b.png"));
  CHECK(with("{{a}}") == with("{{a}}"));
  CHECK(with("{{{stem}}}").at("cats/a.png") == with("{{a}}").at("cats/a.png"));
  const Files taken = with("{exif.Model}{exif.DateTimeOriginal}");
  CHECK(taken.at("cats/a.png") == with("EOS 5D2024-05-06 07:08:09").at("cats/a.png"));
  // Draws no text if the file has none.
  CHECK(ink_of(picture(taken.at("cats/b.png"))).right < 0);
}

TEST_CASE("A fixed text that is no line of UTF-8 is a fault of the config", "[nodes]") {
  const auto fault_of = [](const std::string& text) {
    const auto loaded = parse_graph(graph_around("{type: watermark, text: \"" + text + "\"}"),
                                    "graph.yaml", {}, registry_with_ends());
    return loaded ? "" : to_string(loaded.error().front());
  };
  const std::string what = " is not a text with fields (in one line, without control characters)";
  CHECK(fault_of("two\\nlines") == "graph.yaml:4:38: text: 'two\nlines'" + what);
  CHECK(fault_of("{stem}\\u2028{stem}") == "graph.yaml:4:38: text: '{stem}\u2028{stem}'" + what);
  CHECK(fault_of("a\\tb") == "graph.yaml:4:38: text: 'a\tb'" + what);
  CHECK(fault_of("a\\0b").find("is not a text with fields") != std::string::npos);
  CHECK(fault_of("caf\xE9").find("is not a text with fields") != std::string::npos);
  CHECK(fault_of("{stem} \\u202Aab\\u202C") == "");
}

TEST_CASE("A text of an item that is no line of UTF-8 fails the item", "[nodes]") {
  const Bytes photo = jpeg_file(black({30, 20}));
  const Outputs outputs = run_every_way(
      chain({"{type: decode}", "{type: watermark, text: \"{stem}\"}", "{type: encode}"}),
      {{"fine.jpg", photo},
       {"two\nlines.jpg", photo},
       {"a\tb.jpg", photo},
       {"a\u2029b.jpg", photo},
       {"caf\xE9.jpg", photo}});
  CHECK(outputs.files.size() == 1);
  for (const char* name : {"two\nlines.jpg", "a\tb.jpg", "a\u2029b.jpg", "caf\xE9.jpg"}) {
    CHECK(outputs.failures.at(name) == "node1: bad_text");
  }
}

TEST_CASE("Letters that the font lacks are told, with the text", "[nodes]") {
  const auto losses_of = [](const std::string& text) {
    NodeRunner node("{type: watermark, text: \"" + text + "\"}");
    // Drawn twice, laid out once.
    for (int i = 0; i < 2; ++i) CHECK(node.run(black({100, 60})));
    REQUIRE(node.losses().size() % 2 == 0);
    if (node.losses().empty()) return std::string();
    CHECK(node.losses().front().message == node.losses().back().message);
    return std::string(node.losses().front().kind.code) + ": " + node.losses().front().message;
  };
  CHECK(losses_of("© Émile") == "");
  CHECK(losses_of("a写") == "missing_glyphs: DejaVuSans lacks U+5199 写 of 'a写'");
  CHECK(losses_of("写真 写") ==
        "missing_glyphs: DejaVuSans lacks U+5199 写, U+771F 真 of '写真 写'");
  CHECK(losses_of("一二三四五六七八九十") ==
        "missing_glyphs: DejaVuSans lacks U+4E00 一, U+4E8C 二, U+4E09 三, U+56DB 四, U+4E94 五, "
        "U+516D 六, U+4E03 七, U+516B 八 and 2 more of '一二三四五六七八九十'");
  const std::string longer = losses_of("写" + std::string(200, 'x'));
  CHECK(longer.ends_with(" of '写" + std::string(77, 'x') + "…'"));
}

TEST_CASE("A line that is many ems high is drawn in parts, as it would be in one", "[nodes]") {
  // Marks upon marks.
  std::string text = "o";
  for (int i = 0; i < 60; ++i) text += "\u0301";
  const Image image = black({60, 300});
  const auto path = imaging::Font::find("");
  auto font = imaging::Font::open(path.value());
  const auto line = font->lay_out(text, 10);
  REQUIRE(line);
  REQUIRE(line->size.height > 100);
  const imaging::Mask mask = font->rasterise(*line, {0, 0, line->size.width, line->size.height});
  const imaging::Position position =
      imaging::place(image.size(), line->size, imaging::Anchor::top_left, 4);
  CHECK(same_pixels(
      marked(image, "text: " + text + ", size: 10, opacity: 1, anchor: top-left, margin: 4"),
      imaging::draw(image, mask, position, {255, 255, 255}, 1)));
}

TEST_CASE("Drawing text ends soon once nobody wants it", "[nodes]") {
  struct Over final : Cancellation {
    bool is_requested() const override { return true; }
  };
  const Over over;
  NodeRunner node("{type: watermark, text: \"" + std::string(1000, 'W') + "\", size: 1000}");
  const Image image = black({3000, 300});
  const auto plan = node.plan(facts_of(image)).value();
  const ItemInfo item{.index = 0, .key = "a.jpg", .facts = plan.in};
  Payloads in = {image};
  const auto out = node.node().process(in, node.scratch(),
                                       Call{.item = item,
                                            .plan = plan,
                                            .number = 0,
                                            .part = nullptr,
                                            .lease_bytes = 0,
                                            .cancellation = over});
  REQUIRE_FALSE(out);
  CHECK(out.error().code == "interrupted");
  // A mask that was given up is not used for the next image.
  CHECK(same_pixels(node.run(image).value(),
                    marked(image, "text: \"" + std::string(1000, 'W') + "\", size: 1000")));
}

TEST_CASE("A font that is missing stops the run before it starts", "[nodes]") {
  for (const std::string font : {"NoSuchFont.ttf", "/nowhere/NoSuchFont.ttf"}) {
    const auto opened = open_node("{type: watermark, text: x, font: " + font + "}");
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == "no_font");
    CHECK(opened.error().message.find(font) != std::string::npos);
  }
}

TEST_CASE("Text larger than the image is cut off", "[nodes]") {
  const std::string anchor = GENERATE("top-left", "top", "center", "right", "bottom-right");
  for (const Size size : {Size{10, 5}, {1, 1}, {1, 300}, {300, 1}}) {
    for (const PixelFormat format : {PixelFormat{1, 8}, {3, 8}, {4, 16}}) {
      const Image image = black(size, format);
      CHECK(marked(image, "text: a long text, size: 50, margin: 9, anchor: " + anchor).size() ==
            size);
      CHECK(marked(image, "text: a long text, size: 100%, margin: 50%, anchor: " + anchor).size() ==
            size);
    }
  }
  CHECK(ink_of(marked(black({10, 10}), "text: MMMM, size: 50, margin: 0, anchor: " + anchor))
            .brightest > 0);
}

TEST_CASE("The same node marks images of any size, one after another", "[nodes]") {
  const std::string parameters = "text: Hi, size: 20%, margin: 5%";
  NodeRunner shared("{type: watermark, " + parameters + "}");
  for (const int height : {40, 100, 41, 100, 40}) {
    CHECK(same_pixels(shared.run(black({100, height})).value(),
                      marked(black({100, height}), parameters)));
  }
}

TEST_CASE("Marking an image that others hold leaves theirs unmarked", "[nodes]") {
  const Image image = black({100, 60});
  const Image mark = marked(image, "text: HIH, size: 40, opacity: 1");
  CHECK(ink_of(image).brightest == 0);
  CHECK(ink_of(mark).brightest == 255);
}
