// Patterns, templates and claims of paths.
#include "engine/glob.h"
#include "engine/item_template.h"
#include "engine/path_claims.h"
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
  CHECK_FALSE(glob_matches("*.jpg", "a.JPG"));
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

TEST_CASE("A path belongs to the first that claims it, among a hundred thousand", "[engine]") {
  PathClaims claims;
  const auto path = [](std::uint64_t i) { return "cats/" + std::to_string(i) + ".jpg"; };
  constexpr std::uint64_t kPaths = 100'000;
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 0; i < kPaths; ++i) {
    if (claims.claim(path(i), i).has_value()) ++wrong;
    // A claim from a while ago, across the growths of the table.
    if (claims.claim(path(i / 2), i) != i / 2) ++wrong;
  }
  CHECK(wrong == 0);
  for (std::uint64_t i = 0; i < kPaths; ++i) {
    if (claims.claim(path(i), kPaths + i) != i) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("Claims go by the bytes of a path", "[engine]") {
  PathClaims claims;
  CHECK_FALSE(claims.claim("a", 0).has_value());
  CHECK_FALSE(claims.claim("A", 1).has_value());
  CHECK_FALSE(claims.claim("", 2).has_value());
  CHECK_FALSE(claims.claim(std::string_view("a\0", 2), 3).has_value());
  CHECK(claims.claim("a", 4) == std::uint64_t{0});
  CHECK(claims.claim("a", 5) == std::uint64_t{0});
}

}  // namespace
}  // namespace imagemill::testing
