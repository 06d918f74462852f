// Patterns, templates and claims of paths.
#include "engine/base/date_format.h"
#include "engine/base/glob.h"
#include "engine/node/item_template.h"
#include "engine/source/output_claims.h"
#include "tests/support/catch.h"

namespace imagemill::testing {
namespace {

TEST_CASE("A pattern matches the whole path, and one star stays within a folder", "[engine]") {
  CHECK(glob_matches("**", ""));
  CHECK(glob_matches("**", "a/b/c.jpg"));
  CHECK(glob_matches("*", "a.jpg"));
  CHECK(glob_matches("*", ""));
  CHECK_FALSE(glob_matches("*", "a/b.jpg"));
  CHECK(glob_matches("*.jpg", ".jpg"));
  CHECK(glob_matches("*.jpg", "a.b.jpg"));
  CHECK_FALSE(glob_matches("*.jpg", "a.jpg.png"));
  CHECK(glob_matches("**.jpg", "x/y/a.jpg"));
  CHECK(glob_matches("**/*.jpg", "x/y/a.jpg"));
  CHECK_FALSE(glob_matches("**/*.jpg", "a.jpg"));
  CHECK(glob_matches("cats/*/?.png", "cats/x/1.png"));
  CHECK_FALSE(glob_matches("cats/*/?.png", "cats/x/y/1.png"));
  CHECK_FALSE(glob_matches("cats/*/?.png", "cats/x/12.png"));
  CHECK_FALSE(glob_matches("a?b", "a/b"));
  CHECK(glob_matches("a**b", "a/x/b"));
  CHECK(glob_matches("a**b", "ab"));
  CHECK(glob_matches("", ""));
  CHECK_FALSE(glob_matches("", "a"));
  CHECK_FALSE(glob_matches("a", ""));
  CHECK(glob_matches("[a]", "[a]"));
  CHECK_FALSE(glob_matches("[a]", "a"));
  CHECK(glob_matches("*a*b*c*", "xxaxxbxxcxx"));
  CHECK_FALSE(glob_matches("*a*b*c*", "xxaxxcxxbxx"));
}

TEST_CASE("Letters of an extension match in either case, and no others", "[engine]") {
  CHECK(glob_matches("**.jpg", "DCIM/DSC_1.JPG"));
  CHECK(glob_matches("*.JPG", "a.jpg"));
  CHECK(glob_matches("*.Jp?g", "a.jPEG"));
  CHECK(glob_matches("**", "a.JPG"));
  CHECK_FALSE(glob_matches("dsc*.jpg", "DSC_1.JPG"));
  CHECK_FALSE(glob_matches("*.a.jpg", "x.A.jpg"));
  CHECK_FALSE(glob_matches("dcim.d/*", "dcim.D/a"));
  CHECK_FALSE(glob_matches("readme", "README"));
  CHECK_FALSE(glob_matches("*.jpg", "a.JPG.png"));
  CHECK_FALSE(glob_matches("*.[jpg", "a.{JPG"));
}

TEST_CASE("A pattern of many stars takes no exponential time", "[engine]") {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "*a";
  CHECK_FALSE(glob_matches(pattern + "b", std::string(2000, 'a')));
  CHECK(glob_matches(pattern, std::string(2000, 'a')));
}

// The path of an item, or "refused".
std::string expand(std::string_view text, const std::string& key) {
  const auto path = PathTemplate::parse(text);
  return path ? path->expand({.index = 0, .key = key, .facts = {}}, "jpg", nullptr) : "refused";
}

TEST_CASE("A template's fields come from the item's path and the output's format", "[engine]") {
  CHECK(expand("{dir}/{stem}.{ext}", "cats/big/a.b.png") == "cats/big/a.b.jpg");
  CHECK(expand("{dir}/{name}", "cats/a.png") == "cats/a.png");
  CHECK(expand("{dir}/{name}.{ext}", "cats/a.png") == "cats/a.png.jpg");
  CHECK(expand("thumbs/{dir}/x-{stem}.webp", "cats/a.png") == "thumbs/cats/x-a.webp");
  CHECK(expand("{stem}-{stem}.{ext}", "a.png") == "a-a.jpg");
  CHECK(expand("all.{ext}", "a.png") == "all.jpg");
}

TEST_CASE("At the root, an empty {dir} takes its slash with it", "[engine]") {
  CHECK(expand("{dir}/{stem}.{ext}", "a.png") == "a.jpg");
  CHECK(expand("x/{dir}/{name}", "a.png") == "x/a.png");
  CHECK(expand("{dir}/{dir}/{name}", "a.png") == "a.png");
}

TEST_CASE("A dot file and a name without a dot are all stem", "[engine]") {
  CHECK(expand("{stem}.{ext}", ".profile") == ".profile.jpg");
  CHECK(expand("{stem}.{ext}", ".profile.png") == ".profile.jpg");
  CHECK(expand("{stem}.{ext}", "cats.d/scan") == "scan.jpg");
  CHECK(expand("{stem}.{ext}", "a.") == "a.jpg");
}

TEST_CASE("Doubled braces are braces", "[engine]") {
  CHECK(expand("{{{stem}}}.{ext}", "a.png") == "{a}.jpg");
  CHECK(expand("{{stem}}", "a.png") == "{stem}");
}

TEST_CASE("A template that could not be meant is refused", "[engine]") {
  for (const char* text : {"", "/tmp/{name}", "{dir}/", "{name", "name}", "{title}.jpg", "{ stem}",
                           "{}", "{stem}.{EXT}", "}{", "{stem}}"}) {
    INFO(text);
    CHECK(expand(text, "a.png") == "refused");
  }
}

TEST_CASE("A number may be padded, and nothing else", "[engine]") {
  const ItemInfo item{.index = 41, .key = "cats/a.jpg", .facts = {.width = 4000}, .texts = {}};
  const auto expanded = [&](std::string_view text) {
    const auto parsed = ItemTemplate::parse(text);
    return parsed ? parsed->expand(item, "jpg", nullptr) : "refused";
  };
  CHECK(expanded("{index:4}-{index:1}-{width:6}") == "0041-41-004000");
  for (const char* text : {"{stem:4}", "{index:}", "{index:0}", "{index:21}", "{index:-1}",
                           "{index:4x}", "{index:4:4}", "{exif.Make:3}"}) {
    INFO(text);
    CHECK(expanded(text) == "refused");
  }
}

TEST_CASE("What is wrong with a template is said", "[engine]") {
  using Path = TextValue<PathTemplate>;
  CHECK(Path::fault(std::string_view("a\0{stem}", 8)) == "a NUL can't be part of a path");
  CHECK_FALSE(Path::parse(std::string_view("a\0{stem}", 8)));
  for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
           {"{dir}/{name}", ""},
           {"", "it is empty"},
           {"/tmp/{name}", "it must be relative: it lies below the output folder"},
           {"../{name}", "'..' would lead out of the output folder"},
           {"..{dir}/{name}", "where a field is empty it would lead out of the output folder"},
           {"{dir}/", "it names a folder"},
           {"{dir}", "where a field is empty it would name no file"},
           {"{name", "a '{' is not closed"},
           {"name}", "a '}' closes nothing; as a character it is doubled"},
           {"{tsem}.jpg", "no field is named 'tsem'; did you mean 'stem'?"},
           {"{exif}.jpg", "no field is named 'exif'"}}) {
    INFO(text);
    CHECK(Path::fault(text) == why);
  }
}

TEST_CASE("A template never leads out of the output folder", "[engine]") {
  for (const char* text : {"..", "../{name}", "a/../{name}", "{dir}/..", "{dir}/../{name}",
                           "{dir}..{dir}/{name}", "..{dir}/{name}", ".{dir}./{name}"}) {
    INFO(text);
    CHECK(expand(text, "a.png") == "refused");
  }
  CHECK(expand("..{stem}/{name}", "a.png") == "..a/a.png");
  CHECK(expand("{stem}../{name}", "a.png") == "a../a.png");
  // Names that are made of dots have no extension to lose.
  CHECK(expand("{stem}/{name}", "...png") == "...png/...png");
  CHECK(expand("{stem}/{name}", "..png") == "..png/..png");
  CHECK(expand("{dir}/{stem}.{ext}", "cats/...") == "cats/....jpg");
  CHECK(expand(".{stem}/{name}", "..png") == "...png/..png");
}

TEST_CASE("A template gives a path in its one spelling, and never an empty one", "[engine]") {
  CHECK(expand("./{name}", "a.png") == "a.png");
  CHECK(expand("x/./{name}", "a.png") == "x/a.png");
  CHECK(expand("x//{name}", "a.png") == "x/a.png");
  CHECK(expand(".{dir}/{name}", "a.png") == "a.png");
  CHECK(expand(".{dir}/{name}", "cats/a.png") == ".cats/a.png");
  CHECK(expand("{dir}", "cats/a.png") == "refused");
  CHECK(expand(".", "a.png") == "refused");
  CHECK(expand("{name}/{dir}", "a.png") == "refused");
  CHECK(expand("{name}/.", "a.png") == "refused");
}

TEST_CASE("A template's text is kept", "[engine]") {
  using Value = TextValue<PathTemplate>;
  CHECK(Value::format(Value::parse("{dir}/{{x}}").value()) == "{dir}/{{x}}");
}

// An item with facts beside its path.
ItemInfo photo(const std::string& key, std::vector<ItemText> texts = {}) {
  ItemInfo item{.index = 41, .key = key, .facts = {}, .texts = std::move(texts)};
  item.facts = {.width = 4000, .height = 3000, .format = "jpeg"};
  return item;
}

std::string text_of(std::string_view text, const ItemInfo& item) {
  const PartOf part{12, {.level = 3, .column = 4, .row = 5}};
  const auto parsed = ItemTemplate::parse(text);
  return parsed ? parsed->expand(item, "png", &part) : "refused";
}

std::string path_of(std::string_view text, const ItemInfo& item) {
  const auto parsed = PathTemplate::parse(text);
  return parsed ? parsed->expand(item, "png", nullptr) : "refused";
}

TEST_CASE("Every field has its value", "[engine]") {
  const ItemInfo item = photo("cats/big/a.b.jpg", {{"exif.Make", "Nikon"}, {"exif.Model", "D1"}});
  CHECK(text_of("{dir} {name} {stem} {ext}", item) == "cats/big a.b.jpg a.b png");
  CHECK(text_of("{index} {width} {height} {format}", item) == "41 4000 3000 jpeg");
  CHECK(text_of("{number} {level} {column} {row}", item) == "12 3 4 5");
  CHECK(text_of("{exif.Model}/{exif.Make}/{exif.Model}", item) == "D1/Nikon/D1");
  CHECK(text_of("© {{stem}} {{{stem}}}", item) == "© {stem} {a.b}");
  CHECK(text_of("", item).empty());
  CHECK(path_of("{width}x{height}/{format}-{index}.{ext}", item) == "4000x3000/jpeg-41.png");
}

TEST_CASE("The fields that are listed are those that there are", "[engine]") {
  const std::string listed(ItemTemplate::kFields);
  CHECK(text_of(listed, photo("a.jpg")) == " a.jpg a png 41 4000 3000 jpeg 12 3 4 5 ");
}

TEST_CASE("A template says which fields it has, each once", "[engine]") {
  using Names = std::vector<std::string>;
  CHECK(ItemTemplate::parse("{stem}-{index}-{stem}-{{row}}{exif.Model}")->fields() ==
        Names{"stem", "index", "exif.Model"});
  CHECK(ItemTemplate::parse("plain")->fields().empty());
}

TEST_CASE("A text may have what a path may not", "[engine]") {
  CHECK(text_of("/../{dir}/", photo("a.jpg")) == "/..//");
  CHECK(text_of("{dir}", photo("/abs/../a.jpg")) == "/abs/..");
  for (const char* text :
       {"{", "}", "{}", "{exif.}", "{exif}", "{Stem}", "{stem }", "a}b", "{{}"}) {
    INFO(text);
    CHECK(text_of(text, photo("a.jpg")) == "refused");
  }
}

TEST_CASE("A text that a file lacks is empty", "[engine]") {
  CHECK(text_of("[{exif.Model}]", photo("a.jpg")) == "[]");
  CHECK(path_of("{exif.Model}/{name}", photo("a.jpg")) == "a.jpg");
  CHECK(path_of("x/{exif.Model}/{exif.Make}/{name}", photo("a.jpg")) == "x/a.jpg");
  CHECK(path_of("{stem}{exif.Model}.{ext}", photo("a.jpg")) == "a.png");
  // … so that a path must have something beside it.
  for (const char* text : {"{exif.Model}", "{stem}/{exif.Model}", "..{exif.Model}/{name}",
                           ".{exif.Model}./{name}", "{name}/.{exif.Model}"}) {
    INFO(text);
    CHECK(path_of(text, photo("a.jpg")) == "refused");
  }
}

TEST_CASE("A file's texts never lead anywhere", "[engine]") {
  const auto with = [](std::string_view text, const std::string& value) {
    return path_of(text, photo("a.jpg", {{"exif.Model", value}}));
  };
  CHECK(with("{exif.Model}/{name}", "../../etc") == "_._.._etc/a.jpg");
  CHECK(with("{exif.Model}/{name}", "..") == "_./a.jpg");
  CHECK(with("{exif.Model}/{name}", ".") == "_/a.jpg");
  CHECK(with("{exif.Model}/{name}", "/etc/passwd") == "_etc_passwd/a.jpg");
  CHECK(with("{exif.Model}/{name}", "/") == "_/a.jpg");
  CHECK(with("{exif.Model}{exif.Model}/{name}", ".") == "__/a.jpg");
  CHECK(with(".{exif.Model}/{name}", ".") == "._/a.jpg");
  CHECK(with("x{exif.Model}/{name}", "/../..") == "x_.._../a.jpg");
  CHECK(with("{exif.Model}.{ext}", "2024:05:01 12:00:00") == "2024-05-01 12-00-00.png");
  CHECK(with("{exif.Model}.{ext}", "a\\b*c?d|e") == "a_b_c_d_e.png");
}

TEST_CASE("A listed path stays below the output folder, wherever it lies", "[engine]") {
  const char* path = "{dir}/{stem}.{ext}";
  CHECK(path_of(path, photo("/home/me/a.jpg")) == "home/me/a.png");
  CHECK(path_of(path, photo("../../a.jpg")) == "a.png");
  CHECK(path_of(path, photo("./x/.././y//a.jpg")) == "y/a.png");
  CHECK(path_of(path, photo("..//../x/a.jpg")) == "x/a.png");
  CHECK(path_of("x/{dir}/{name}", photo("../a.jpg")) == "x/a.jpg");
}

TEST_CASE("A folder that a listed path leaves again is none of the output's", "[engine]") {
  const char* path = "{dir}/{stem}.{ext}";
  CHECK(path_of(path, photo("x/../a.jpg")) == "a.png");
  CHECK(path_of(path, photo("x/y/../../a.jpg")) == "a.png");
  CHECK(path_of(path, photo("x/../../../y/a.jpg")) == "y/a.png");
  CHECK(path_of(path, photo("/home/me/../you/a.jpg")) == "home/you/a.png");
  CHECK(path_of(path, photo("../x/../y/../z/a.jpg")) == "z/a.png");
  // No more than {dir} is left: what the template says stays.
  CHECK(path_of("thumbs/{dir}/{name}", photo("../../y/a.jpg")) == "thumbs/y/a.jpg");
  CHECK(path_of("thumbs/{dir}/{name}", photo("x/../../a.jpg")) == "thumbs/a.jpg");
  CHECK(path_of("thumbs{dir}/{name}", photo("/x/../y/a.jpg")) == "thumbs/y/a.jpg");
  CHECK(path_of("thumbs/{dir}/{dir}/{name}", photo("x/../y/a.jpg")) == "thumbs/y/y/a.jpg");
  CHECK(path_of("{dir}/..{stem}/{name}", photo("x/a.jpg")) == "x/..a/a.jpg");
}

TEST_CASE("A date has parts", "[engine]") {
  const ItemInfo item =
      photo("x/a.jpg", {{"exif.DateTimeOriginal", "2021-03-09 07:05:01"}, {"exif.Make", "A"}});
  CHECK(path_of("{exif.DateTimeOriginal:%Y/%m}/{name}", item) == "2021/03/a.jpg");
  CHECK(path_of("{exif.DateTimeOriginal:%Y-%m-%d}.{ext}", item) == "2021-03-09.png");
  CHECK(path_of("{exif.DateTimeOriginal:%Y}", item) == "2021");
  CHECK(path_of("{dir}/{exif.DateTimeOriginal:%y%m%d_%H%M%S}", item) == "x/210309_070501");
  CHECK(text_of("{exif.DateTimeOriginal:%d.%m.%Y, %H:%M} {exif.DateTimeOriginal:100 %% %S}",
                item) == "09.03.2021, 07:05 100 % 01");
  CHECK(
      ItemTemplate::parse("{exif.DateTimeOriginal:%Y}{exif.DateTimeOriginal}{index:4}")->fields() ==
      std::vector<std::string>{"exif.DateTimeOriginal:%Y", "exif.DateTimeOriginal", "index"});
}

TEST_CASE("A format that is none is refused with what there is", "[engine]") {
  const std::string known = "a date has %Y %y %m %d %H %M %S, as in %Y/%m";
  using Text = TextValue<ItemTemplate>;
  CHECK(Text::fault("{exif.DateTime:%Q}") ==
        "'exif.DateTime': '%Q' is no part of a date: " + known);
  CHECK(Text::fault("{exif.DateTime:%Y%}") == "'exif.DateTime': a '%' ends its format: " + known);
  for (const char* text :
       {"{exif.DateTime:}", "{exif.DateTime:x}", "{exif.Make:3}", "{exif.DateTime:%%}"}) {
    INFO(text);
    CHECK(Text::fault(text).ends_with("its format names no part of a date: " + known));
  }
  CHECK(path_of("{exif.DateTime:%Y/../..}/{name}", photo("a.jpg")) == "refused");
  CHECK(path_of("{exif.DateTime:../%Y}/{name}", photo("a.jpg")) == "refused");
  CHECK(path_of("a/{exif.DateTime:%Y/}", photo("a.jpg")) == "refused");
}

TEST_CASE("Only a date of the calendar has parts", "[engine]") {
  const auto formatted = [](std::string_view format, std::string_view date) {
    return formatted_date(format, date).value_or("none");
  };
  CHECK(formatted("%Y-%m-%d %H:%M:%S", "2024-02-29 23:59:60") == "2024-02-29 23:59:60");
  CHECK(formatted("%Y%m%d%H%M%S", "2008:07:01T17:27:03.25+02:00") == "20080701172703");
  CHECK(formatted("%Y/%m", "2008-07-01") == "2008/07");
  CHECK(formatted("%H.%M", "2008-07-01 17:27") == "17.27");
  CHECK(formatted("%H", "2008-07-01") == "none");
  CHECK(formatted("%S", "2008-07-01 17:27") == "none");
  for (const char* date : {"",
                           "x",
                           "2008",
                           "2008-07",
                           "2008-13-01",
                           "2008-00-01",
                           "2008-07-32",
                           "2023-02-29",
                           "0000-01-01",
                           "2008-07-01 24:00:00",
                           "2008-07-01 12:60:00",
                           "2008-07-01 12:00:61",
                           "2008-7-1",
                           "-008-07-01",
                           "2008/07/01",
                           "1.07.2008",
                           "2008-07-01 12:00:001",
                           "2008-07-011",
                           "2008-07-01 noon",
                           "20080701"}) {
    INFO(date);
    CHECK(formatted("%Y", date) == "none");
  }
}

// Claims as an item does: the holder if there is one.
std::optional<std::uint64_t> claim(OutputClaims& claims, std::string_view path,
                                   std::uint64_t owner) {
  const auto holder = claims.holder(path);
  if (!holder) claims.claim(path, owner);
  return holder;
}

TEST_CASE("A path belongs to the first that claims it, among a hundred thousand", "[engine]") {
  OutputClaims claims;
  const auto path = [](std::uint64_t i) {
    return "cats/" + std::to_string(i % 100) + "/" + std::to_string(i) + ".jpg";
  };
  constexpr std::uint64_t kPaths = 100'000;
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 0; i < kPaths; ++i) {
    if (claim(claims, path(i), i)) ++wrong;
    // A claim from a while ago, across the growths of the table.
    if (claims.holder(path(i / 2)) != i / 2) ++wrong;
  }
  CHECK(wrong == 0);
  for (std::uint64_t i = 0; i < kPaths; ++i) {
    if (claim(claims, path(i), kPaths + i) != i) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("Claims go by the bytes of a path", "[engine]") {
  OutputClaims claims;
  CHECK_FALSE(claim(claims, "a", 0));
  CHECK_FALSE(claim(claims, "A", 1));
  CHECK_FALSE(claim(claims, std::string_view("a\0", 2), 3));
  CHECK(claim(claims, "a", 4) == std::uint64_t{0});
  CHECK(claim(claims, "a", 5) == std::uint64_t{0});
  const std::uint64_t largest = (std::uint64_t{1} << 40) - 2;
  CHECK_FALSE(claim(claims, "b", largest));
  CHECK(claims.holder("b") == largest);
}

TEST_CASE("What is a file is no folder", "[engine]") {
  OutputClaims claims;
  CHECK_FALSE(claim(claims, "a/b/c", 1));
  CHECK(claims.holder("a") == std::uint64_t{1});
  CHECK(claims.holder("a/b") == std::uint64_t{1});
  CHECK(claims.holder("a/b/c/d") == std::uint64_t{1});
  CHECK(claims.holder("a/b/c/d/e") == std::uint64_t{1});
  CHECK_FALSE(claims.holder("b"));
  CHECK_FALSE(claims.holder("a/c"));
  CHECK_FALSE(claim(claims, "a/b/d", 2));
  CHECK_FALSE(claim(claims, "a/x/y", 3));
  CHECK(claims.holder("a/x") == std::uint64_t{3});
  CHECK(claims.holder("a") == std::uint64_t{1});
  CHECK_FALSE(claim(claims, "x", 4));
  CHECK(claims.holder("x/y") == std::uint64_t{4});
}

}  // namespace
}  // namespace imagemill::testing
