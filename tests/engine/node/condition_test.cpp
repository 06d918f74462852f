// Conditions on an item.
#include "engine/node/condition.h"

#include "tests/support/catch.h"

namespace imagemill::testing {
namespace {

// A JPEG of 4000 × 2000 pixels, opaque, in 3 MB.
ItemInfo photo() {
  ItemInfo item{.index = 0, .key = "cats/big one.jpg", .facts = {}};
  item.facts = {.width = 4000, .height = 2000, .channels = 3, .bits = 8, .format = "jpeg"};
  item.facts.file_bytes = 3'000'000;
  return item;
}

bool holds(std::string_view text, const ItemInfo& item = photo()) {
  INFO(text);
  const auto condition = Condition::parse(text);
  REQUIRE(condition);
  CHECK(condition->text() == text);
  return condition->holds(item);
}

TEST_CASE("A number is compared in every way", "[engine]") {
  for (const auto& [field, less, same, more] : {std::array{"width", "3999", "4000", "4001"},
                                                {"height", "1999", "2000", "2000.5"},
                                                {"megapixels", "7.9", "8", "8.1"},
                                                {"file_size", "2999999", "3000000", "3000001"}}) {
    const auto with = [&, name = std::string(field)](const char* sign, const char* value) {
      return holds(name + " " + sign + " " + value);
    };
    for (const char* sign : {"=", "=="}) {
      CHECK(with(sign, same));
      CHECK_FALSE(with(sign, less));
      CHECK_FALSE(with(sign, more));
    }
    CHECK(with("!=", less));
    CHECK_FALSE(with("!=", same));
    CHECK(with("<", more));
    CHECK_FALSE(with("<", same));
    CHECK(with("<=", same));
    CHECK(with("<=", more));
    CHECK_FALSE(with("<=", less));
    CHECK(with(">", less));
    CHECK_FALSE(with(">", same));
    CHECK(with(">=", same));
    CHECK(with(">=", less));
    CHECK_FALSE(with(">=", more));
  }
}

TEST_CASE("The sides are compared with each other", "[engine]") {
  ItemInfo item = photo();
  CHECK(holds("width > height", item));
  CHECK_FALSE(holds("height > width", item));
  item.facts.width = item.facts.height;
  CHECK(holds("width = height and height >= width", item));
  CHECK_FALSE(holds("height < width", item));
}

TEST_CASE("A share of a megapixel is as exact as it is written", "[engine]") {
  ItemInfo item = photo();
  item.facts.height = 1;
  std::string wrong;
  for (int tenths = 1; tenths < 1000; ++tenths) {
    item.facts.width = std::int64_t{tenths} * 100'000;
    const std::string value = std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
    if (!holds("megapixels = " + value, item)) wrong += value + " ";
  }
  CHECK(wrong.empty());
}

TEST_CASE("A file's size may have a unit", "[engine]") {
  CHECK(holds("file_size = 3MB"));
  CHECK(holds("file_size = 3000KB"));
  CHECK(holds("file_size > 2MiB"));
  CHECK(holds("file_size < 3MiB"));
  CHECK(holds("file_size<1GiB"));
}

TEST_CASE("Words are the same or not", "[engine]") {
  CHECK(holds("format = jpeg"));
  CHECK_FALSE(holds("format != jpeg"));
  CHECK_FALSE(holds("format = png"));
  CHECK(holds("format != png"));
  ItemInfo item = photo();
  for (const int channels : {1, 2, 3, 4}) {
    item.facts.channels = channels;
    CHECK(holds("alpha = true", item) == (channels % 2 == 0));
    CHECK(holds("alpha = false", item) == (channels % 2 == 1));
    CHECK(holds("alpha != true", item) == (channels % 2 == 1));
  }
}

TEST_CASE("A path is matched by a pattern", "[engine]") {
  CHECK(holds("path = cats/**"));
  CHECK(holds("path = **.jpg"));
  CHECK_FALSE(holds("path = *.jpg"));
  CHECK_FALSE(holds("path != cats/**"));
  CHECK(holds("path != dogs/**"));
  CHECK(holds("path = 'cats/big one.jpg'"));
  CHECK(holds("path = \"cats/big one.jpg\""));
  CHECK(holds("path != \"it's\""));
  CHECK_FALSE(holds("path = ''"));
}

TEST_CASE("The operator and binds tighter than or", "[engine]") {
  CHECK(holds("width = 4000 and height = 2000"));
  CHECK_FALSE(holds("width = 4000 and height = 1"));
  CHECK(holds("width = 1 or height = 2000"));
  CHECK_FALSE(holds("width = 1 or height = 1"));
  CHECK(holds("width = 4000 or width = 1 and height = 1"));
  CHECK(holds("height = 1 and width = 1 or width = 4000"));
  CHECK_FALSE(holds("width = 1 or width = 4000 and height = 1"));
  CHECK(holds("width = 1 or width = 2 or width = 3 or width = 4000 and height = 2000"));
}

TEST_CASE("Blanks are free around signs, and a value may be a keyword in quotes", "[engine]") {
  CHECK(holds("  width>=4000\tand height<=2000 "));
  CHECK(holds("format=jpeg and path!='and'"));
  CHECK(holds("path != or and width = 4000"));
}

TEST_CASE("Always holds of everything", "[engine]") {
  CHECK(holds("always"));
  CHECK(holds("always", {}));
}

TEST_CASE("What is no condition is refused", "[engine]") {
  for (const char* text : {"",
                           " ",
                           "width",
                           "width >=",
                           ">= 3",
                           "width >= wide",
                           "width >= megapixels",
                           "megapixels > width",
                           "width = format",
                           "width => 3",
                           "width === 3",
                           "width >= 3 and",
                           "width >= 3 or",
                           "and width >= 3",
                           "width >= 3 height >= 3",
                           "width >= 3 xor height >= 3",
                           "widht >= 3",
                           "WIDTH >= 3",
                           "width >= 3px",
                           "width >= 3 px",
                           "width >= nan",
                           "width >= inf",
                           "megapixels >= 3MB",
                           "file_size > 3XB",
                           "file_size > -1",
                           "format < jpeg",
                           "format >= jpeg",
                           "alpha = yes",
                           "alpha < true",
                           "path > a",
                           "path = a b",
                           "path = 'a",
                           "path = \"a'",
                           "always and width > 3",
                           "width > 3 or always",
                           "not width > 3",
                           "(width > 3)",
                           "width > 3;"}) {
    INFO(text);
    CHECK_FALSE(Condition::parse(text));
  }
}

}  // namespace
}  // namespace imagemill::testing
