// Parameter values as users write them.
#include "engine/base/value.h"

#include <limits>
#include <regex>

#include "engine/base/text.h"
#include "engine/node/schema.h"
#include "tests/support/catch.h"

namespace imagemill::testing {

enum class Fit { cover, contain, fill };

}  // namespace imagemill::testing

template <>
struct imagemill::EnumNames<imagemill::testing::Fit> {
  using Fit = imagemill::testing::Fit;
  static constexpr std::array<std::pair<std::string_view, Fit>, 3> values = {
      {{"cover", Fit::cover}, {"contain", Fit::contain}, {"fill", Fit::fill}}};
};

namespace imagemill::testing {
namespace {

template <class T>
std::optional<T> parse(std::string_view text) {
  return TextValue<T>::parse(text);
}

template <class T>
void check_round_trip(const T& value) {
  const std::string text = TextValue<T>::format(value);
  INFO(text);
  const auto parsed = parse<T>(text);
  REQUIRE(parsed.has_value());
  CHECK((*parsed == value));
}

TEST_CASE("Text is taken as it is", "[engine]") {
  CHECK(parse<std::string>(" a b ") == " a b ");
  CHECK(parse<std::string>("") == "");
  check_round_trip(std::string("© imagemill"));
}

TEST_CASE("A bool is true or false and nothing else", "[engine]") {
  CHECK(parse<bool>("true") == true);
  CHECK(parse<bool>("false") == false);
  for (const char* text : {"", "True", "yes", "1", "0", "true ", "on"}) {
    INFO(text);
    CHECK_FALSE(parse<bool>(text).has_value());
  }
  check_round_trip(true);
  check_round_trip(false);
}

TEST_CASE("A whole number is decimal and fits its type", "[engine]") {
  CHECK(parse<int>("42") == 42);
  CHECK(parse<int>("-42") == -42);
  CHECK(parse<int>("2147483647") == 2147483647);
  CHECK(parse<int>("007") == 7);
  for (const char* text :
       {"", " 1", "1 ", "1.0", "1e3", "0x10", "+1", "2147483648", "ten", "--1", "1,000"}) {
    INFO(text);
    CHECK_FALSE(parse<int>(text).has_value());
  }
  CHECK_FALSE(parse<unsigned>("-1").has_value());
  CHECK_FALSE(parse<std::int16_t>("40000").has_value());
  check_round_trip(std::numeric_limits<std::int64_t>::min());
  check_round_trip(std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("A number is finite", "[engine]") {
  CHECK(parse<double>("0.63") == 0.63);
  CHECK(parse<double>("-1e-3") == -0.001);
  CHECK(parse<double>("5") == 5.0);
  for (const char* text :
       {"", "nan", "-nan", "NaN", "inf", "-inf", "infinity", "1e999", "1.5x", "0,5", " 1", "1e"}) {
    INFO(text);
    CHECK_FALSE(parse<double>(text).has_value());
    CHECK_FALSE(parse<float>(text).has_value());
  }
  CHECK_FALSE(parse<float>("1e39").has_value());
  check_round_trip(0.1);
  check_round_trip(1.0 / 3);
  check_round_trip(std::numeric_limits<double>::max());
  check_round_trip(std::numeric_limits<double>::denorm_min());
  check_round_trip(0.1F);
}

TEST_CASE("An enum is one of its spellings", "[engine]") {
  CHECK(parse<Fit>("contain") == Fit::contain);
  for (const char* text : {"", "Contain", "contain ", "cont"})
    CHECK_FALSE(parse<Fit>(text).has_value());
  for (const Fit fit : {Fit::cover, Fit::contain, Fit::fill}) check_round_trip(fit);
}

TEST_CASE("A length is in pixels or percent", "[engine]") {
  CHECK((parse<Length>("14px") == Length{14, Length::Unit::px}));
  CHECK((parse<Length>("14") == Length{14, Length::Unit::px}));
  CHECK((parse<Length>("2.5%") == Length{2.5, Length::Unit::percent}));
  CHECK((parse<Length>("-3px") == Length{-3, Length::Unit::px}));
  for (const char* text : {"", "px", "%", "5 %", "5em", "5%px", "px5", "nanpx", "inf%"}) {
    INFO(text);
    CHECK_FALSE(parse<Length>(text).has_value());
  }
  check_round_trip(Length{14, Length::Unit::px});
  check_round_trip(Length{0.1, Length::Unit::percent});
  CHECK(Length{14, Length::Unit::px}.on(1000) == 14);
  CHECK(Length{5, Length::Unit::percent}.on(1000) == Approx(50));
}

TEST_CASE("A size in bytes may have a unit, of 1000 or of 1024", "[engine]") {
  const auto bytes = [](std::string_view text) {
    const auto size = parse<ByteSize>(text);
    return size ? static_cast<double>(size->bytes) : -1.0;
  };
  CHECK(bytes("0") == 0);
  CHECK(bytes("1234") == 1234);
  CHECK(bytes("7B") == 7);
  CHECK(bytes("3KB") == 3e3);
  CHECK(bytes("3KiB") == 3 * 1024);
  CHECK(bytes("5MB") == 5e6);
  CHECK(bytes("512MiB") == 512.0 * 1024 * 1024);
  CHECK(bytes("512 MiB") == 512.0 * 1024 * 1024);
  CHECK(bytes("2GB") == 2e9);
  CHECK(bytes("1.5GiB") == 1.5 * 1024 * 1024 * 1024);
  CHECK(bytes("1TB") == 1e12);
  CHECK(bytes("1TiB") == 1024.0 * 1024 * 1024 * 1024);
  CHECK(bytes("1.5B") == 2);  // to the nearest
  for (const char* text : {"", "B", "MiB", "-1", "-1MiB", "1 KiB x", "1kb", "1PiB", "nan", "inf",
                           "1e30", "9e18TB", "9223372036854775808", "0x10"}) {
    INFO(text);
    CHECK(bytes(text) == -1);
  }
  CHECK(TextValue<ByteSize>::format({0}) == "0B");
  CHECK(TextValue<ByteSize>::format({1000}) == "1000B");
  CHECK(TextValue<ByteSize>::format({1536}) == "1536B");
  CHECK(TextValue<ByteSize>::format({std::uint64_t{1536} << 20}) == "1536MiB");
  CHECK(TextValue<ByteSize>::format({std::uint64_t{1} << 30}) == "1GiB");
  CHECK(TextValue<ByteSize>::format({std::uint64_t{1} << 52}) == "4096TiB");
  for (const std::uint64_t size :
       {std::uint64_t{1}, std::uint64_t{1023}, (std::uint64_t{1} << 40) + 1024}) {
    check_round_trip(ByteSize{size});
  }
}

TEST_CASE("A misspelt word finds what was meant, and nothing that is far off", "[engine]") {
  const std::vector<std::string> words = {"width", "height", "fit", "quality", "type", "in"};
  CHECK(nearest("widht", words) == "width");
  CHECK(nearest("hieght", words) == "height");
  CHECK(nearest("qualty", words) == "quality");
  CHECK(nearest("fits", words) == "fit");
  CHECK(nearest("width", words) == "width");
  CHECK(nearest("colour", words) == "");
  CHECK(nearest("", words) == "");
  CHECK(nearest("xy", {}) == "");
  CHECK(nearest("Width", words) == "width");
}

// A node with a parameter of every kind.
struct Sample {
  int quality = 85;
  double opacity = 0.5;
  Fit fit = Fit::cover;
  Length size{14, Length::Unit::px};
  ByteSize memory{1024};
  std::string text = "hello";
  bool flip = false;
  int even = 2;

  static void describe(NodeSchema<Sample>& s) {
    s.summary("A sample.");
    s.resource(Resource::io, 3);
    s.param("quality", &Sample::quality, "How good.", between(1, 100));
    s.param("opacity", &Sample::opacity, "How dense.", between(0.0, 1.0));
    s.param("fit", &Sample::fit, "How it fits.");
    s.param("size", &Sample::size, "How large.");
    s.param("memory", &Sample::memory, "How much.");
    s.param("text", &Sample::text, "What.");
    s.param("flip", &Sample::flip, "Whether.");
    s.param("even", &Sample::even, "A count.", "even, at least 2",
            [](int n) { return n >= 2 && n % 2 == 0; });
    s.require([](const Sample& n) { return n.quality > 10 || n.fit == Fit::fill; },
              "quality below 10 needs fit: fill");
  }
};

TEST_CASE("A schema tells its parameters' names, types, defaults, bounds and choices", "[engine]") {
  NodeSchema<Sample> schema;
  Sample::describe(schema);
  const SchemaInfo& info = schema.info();
  CHECK(info.summary == "A sample.");
  CHECK(info.resource == Resource::io);
  CHECK(info.default_concurrency == 3);
  CHECK(info.param_names() == std::vector<std::string>{"quality", "opacity", "fit", "size",
                                                       "memory", "text", "flip", "even"});
  CHECK(info.find("width") == nullptr);
  const auto line = [&](const char* name) {
    const ParamSpec* param = info.find(name);
    REQUIRE(param != nullptr);
    std::string text = param->type + "|" + param->default_text + "|" + param->bounds + "|";
    for (const auto& choice : param->choices) text += choice + " ";
    return text + "|" + param->doc;
  };
  CHECK(line("quality") == "whole number|85|1 to 100||How good.");
  CHECK(line("opacity") == "number|0.5|0 to 1||How dense.");
  CHECK(line("fit") == "one of|cover||cover contain fill |How it fits.");
  CHECK(line("size") == "length (px or %)|14px|||How large.");
  CHECK(line("memory") == "size in bytes|1KiB|||How much.");
  CHECK(line("text") == "text|hello|||What.");
  CHECK(line("flip") == "true or false|false|||Whether.");
  CHECK(line("even") == "whole number|2|even, at least 2||A count.");
}

// A node whose parameters are written in ways of their own.
struct Spelled {
  Length from_0;
  std::int64_t open_end = 7;
  std::vector<std::pair<std::string, ByteSize>> sizes;

  static void describe(NodeSchema<Spelled>& s) {
    s.param("from_0", &Spelled::from_0, "", UpTo{1000, 50});
    s.param("open_end", &Spelled::open_end, "", at_least<std::int64_t>(5));
    s.entries("sizes", &Spelled::sizes, "");
  }
};

TEST_CASE("A schema tells editors what a value may be", "[engine]") {
  NodeSchema<Sample> sample;
  Sample::describe(sample);
  NodeSchema<Spelled> written;
  Spelled::describe(written);
  using Scalars = std::vector<Scalar>;
  const auto scalars = [](const auto& schema, const char* name) {
    return schema.info().find(name)->scalars;
  };
  CHECK(scalars(sample, "quality") == Scalars{Scalar::whole});
  CHECK(scalars(sample, "opacity") == Scalars{Scalar::number});
  CHECK(scalars(sample, "fit") == Scalars{});
  CHECK(scalars(sample, "size") == Scalars{Scalar::text, Scalar::number});
  CHECK(scalars(sample, "text") == Scalars{Scalar::text, Scalar::number, Scalar::boolean});
  CHECK(scalars(sample, "flip") == Scalars{Scalar::boolean});
  CHECK(scalars(written, "sizes") == Scalars{Scalar::text, Scalar::number});

  const auto range = [](const auto& schema, const char* name) {
    const ParamSpec* param = schema.info().find(name);
    return std::pair(param->low, param->high);
  };
  using Range = std::pair<std::optional<double>, std::optional<double>>;
  CHECK(range(sample, "quality") == Range(1, 100));
  CHECK(range(sample, "opacity") == Range(0, 1));
  CHECK(range(sample, "even") == Range());
  CHECK(range(sample, "size") == Range());
  CHECK(range(written, "from_0") == Range(0, 1000));
  CHECK(range(written, "open_end") == Range(5, std::nullopt));
  CHECK(written.info().find("from_0")->bounds == "0 to 1000px or 50%");

  CHECK(sample.info().find("size")->pattern == TextValue<Length>::pattern);
  CHECK(written.info().find("from_0")->pattern == TextValue<Length>::pattern_from_0);
  CHECK(written.info().find("sizes")->pattern == TextValue<ByteSize>::pattern);
  CHECK(sample.info().find("text")->pattern.empty());
}

TEST_CASE("A pattern matches what its parser takes", "[engine]") {
  const std::regex length{std::string(TextValue<Length>::pattern)};
  const std::regex from_0{std::string(TextValue<Length>::pattern_from_0)};
  const std::regex bytes{std::string(TextValue<ByteSize>::pattern)};
  for (const std::string unit : {"", "px", "%", " px", "pt", "p", "B", "KB", "KiB", " MiB", "GB",
                                 "TiB", "kB", "iB", "MB ", "PB"}) {
    for (const std::string number : {"", "0", "14", "14.5", ".5", "5.", ".", "-1", "+1", "1e3",
                                     "1e-3", "1E+3", "1e", "0x10", "1 0", "nan", "inf"}) {
      const std::string text = number + unit;
      INFO("'" << text << "'");
      const auto as_length = TextValue<Length>::parse(text);
      CHECK(std::regex_search(text, length) == as_length.has_value());
      CHECK(std::regex_search(text, from_0) == (as_length && as_length->value >= 0));
      CHECK(std::regex_search(text, bytes) == TextValue<ByteSize>::parse(text).has_value());
    }
  }
}

TEST_CASE("A length lies between 0 and so many pixels or percent", "[engine]") {
  NodeSchema<Spelled> schema;
  Spelled::describe(schema);
  Spelled node;
  const ParamSpec& param = *schema.info().find("from_0");
  for (const char* text : {"0", "1000px", "1000", "50%", "0%"}) CHECK_FALSE(param.set(&node, text));
  for (const char* text : {"-1", "1001px", "51%", "-1%"}) {
    CHECK(param.set(&node, text) ==
          "'" + std::string(text) + "' is not a length (px or %) (0 to 1000px or 50%)");
  }
}

TEST_CASE("A parameter takes what is within its bounds and says what is wrong with the rest",
          "[engine]") {
  NodeSchema<Sample> schema;
  Sample::describe(schema);
  Sample node;
  const auto set = [&](const char* name, std::string_view text) {
    const ParamSpec* param = schema.info().find(name);
    REQUIRE(param != nullptr);
    return param->set(&node, text).value_or("");
  };
  CHECK(set("quality", "1") == "");
  CHECK(node.quality == 1);
  CHECK(set("quality", "100") == "");
  CHECK(node.quality == 100);
  CHECK(set("quality", "101") == "'101' is not a whole number (1 to 100)");
  CHECK(set("quality", "0") == "'0' is not a whole number (1 to 100)");
  CHECK(set("quality", "good") == "'good' is not a whole number (1 to 100)");
  CHECK(node.quality == 100);  // the last that was right
  CHECK(set("opacity", "1.01") == "'1.01' is not a number (0 to 1)");
  CHECK(set("fit", "contian") ==
        "'contian' is not one of: cover contain fill; did you mean 'contain'?");
  CHECK(set("fit", "stretch") == "'stretch' is not one of: cover contain fill");
  CHECK(set("fit", "fill") == "");
  CHECK(node.fit == Fit::fill);
  CHECK(set("size", "big") == "'big' is not a length (px or %)");
  CHECK(set("memory", "-1") ==
        "'-1' is not a size in bytes: give a number from 0 and one of these units: KiB MiB GiB TiB "
        "KB "
        "MB GB TB B");
  CHECK(set("flip", "yes") == "'yes' is not true or false");
  CHECK(set("even", "3") == "'3' is not a whole number (even, at least 2)");
  CHECK(set("text", "") == "");
  CHECK(node.text.empty());
}

TEST_CASE("A schema's requirement between parameters is checked", "[engine]") {
  NodeSchema<Sample> schema;
  Sample::describe(schema);
  Sample node;
  CHECK_FALSE(schema.broken_requirement(node).has_value());
  node.quality = 5;
  CHECK(schema.broken_requirement(node) == std::string("quality below 10 needs fit: fill"));
  node.fit = Fit::fill;
  CHECK_FALSE(schema.broken_requirement(node).has_value());
}

TEST_CASE("A lower bound alone reads so", "[engine]") {
  struct Open {
    int width = 1;
    static void describe(NodeSchema<Open>& s) { s.param("width", &Open::width, "", at_least(1)); }
  };
  NodeSchema<Open> schema;
  Open::describe(schema);
  Open node;
  CHECK(schema.info().find("width")->bounds == "at least 1");
  CHECK(schema.info().find("width")->set(&node, "0") ==
        std::string("'0' is not a whole number (at least 1)"));
  CHECK_FALSE(schema.info().find("width")->set(&node, "2147483647").has_value());
}

}  // namespace
}  // namespace imagemill::testing
