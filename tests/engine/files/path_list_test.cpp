// Lists of paths, and what cursors have in common.
#include "engine/files/path_list.h"

#include <algorithm>
#include <cstring>
#include <deque>

#include "tests/support/catch.h"

namespace imagemill::testing {
namespace {

using Paths = std::vector<std::string>;

// Gives each text by one read, then the error, if there is one, then the end.
ReadSome reads(std::deque<std::string> texts, std::optional<Error> error = {}) {
  return [texts, error](std::span<std::uint8_t> to) mutable -> Result<std::size_t> {
    if (texts.empty()) {
      if (error) return tl::make_unexpected(*std::exchange(error, std::nullopt));
      return 0;
    }
    std::string& text = texts.front();
    const std::size_t count = std::min(to.size(), text.size());
    std::memcpy(to.data(), text.data(), count);
    text.erase(0, count);
    if (text.empty()) texts.pop_front();
    return count;
  };
}

// The keys, an entry with an error as "!NAME: CODE".
Paths all(ReadSome read) {
  const auto cursor = list_of_paths(std::move(read), "the list");
  Paths paths;
  while (const auto entry = cursor->next()) {
    paths.push_back(entry->error ? "!" + entry->key + ": " + std::string(entry->error->code)
                                 : entry->key);
  }
  CHECK_FALSE(cursor->next());
  return paths;
}
Paths all(const std::string& text) { return all(reads({text})); }

std::string with_nuls(std::string text) {
  std::replace(text.begin(), text.end(), '|', '\0');
  return text;
}

TEST_CASE("A list has a path a line", "[engine]") {
  CHECK(all("a.jpg\nb/c d.jpg\n") == Paths{"a.jpg", "b/c d.jpg"});
  CHECK(all("a\nb") == Paths{"a", "b"});
  CHECK(all("a") == Paths{"a"});
  CHECK(all("\n\na\n\n\nb\n\n") == Paths{"a", "b"});
  CHECK(all("ü ö.jpg\n /x\t\n") == Paths{"ü ö.jpg", " /x\t"});
}

TEST_CASE("A list without paths is empty", "[engine]") {
  CHECK(all("").empty());
  CHECK(all("\n\r\n\n").empty());
  CHECK(all(with_nuls("||")).empty());
}

TEST_CASE("A carriage return at the end of a line is none of the path's", "[engine]") {
  CHECK(all("a\r\nb\r\nc\r") == Paths{"a", "b", "c"});
  CHECK(all("a\rb\r\n") == Paths{"a\rb"});
  CHECK(all(reads({"a\r", "\nb\r\n"})) == Paths{"a", "b"});
}

TEST_CASE("Between NULs a path may hold line breaks", "[engine]") {
  CHECK(all(with_nuls("a|b\nc|d\r|")) == Paths{"a", "b\nc", "d\r"});
  CHECK(all(with_nuls("a\nb|c")) == Paths{"a\nb", "c"});
}

TEST_CASE("A NUL among lines ends no path, and what has one is told by what is before it",
          "[engine]") {
  CHECK(all(reads({"a\n", with_nuls("b|c\nd\n")})) == Paths{"a", "!b: not_found", "d"});
  CHECK(all(reads({"a\n", with_nuls("||c\n")})) == Paths{"a", "!the list: not_found"});
}

TEST_CASE("A path may come in pieces", "[engine]") {
  CHECK(all(reads({"a", ".j", "pg", "\n", "b.jpg"})) == Paths{"a.jpg", "b.jpg"});
  CHECK(all(reads({"one\ntw", "o\nthree"})) == Paths{"one", "two", "three"});
  // Pieces as a pipe may hand over the output of find -print0.
  CHECK(all(reads({"a", with_nuls(".jpg|b"), with_nuls(".jpg|")})) == Paths{"a.jpg", "b.jpg"});
}

TEST_CASE("Each path is there as soon as its line ends", "[engine]") {
  int calls = 0;
  const auto cursor = list_of_paths(
      [&, read = reads({"a\nb\n", "c\n"})](std::span<std::uint8_t> to) {
        ++calls;
        return read(to);
      },
      "");
  CHECK(cursor->next()->key == "a");
  CHECK(cursor->next()->key == "b");
  CHECK(calls == 1);
  CHECK(cursor->next()->key == "c");
  CHECK(calls == 2);
}

TEST_CASE("A list may be longer than what is read at once, and so may a path", "[engine]") {
  std::string text;
  Paths paths;
  for (int i = 0; i < 30'000; ++i) {
    paths.push_back("folder/" + std::to_string(i) + ".jpg");
    text += paths.back() + "\n";
  }
  REQUIRE(text.size() > 3 * 65'536);
  CHECK(all(text) == paths);
  const std::string longest(200'000, 'x');
  CHECK(all("a\n" + longest + "\nb") == Paths{"a", longest, "b"});
  for (const std::size_t length : {65'535, 65'536, 65'537}) {
    const std::string path(length, 'y');
    CHECK(all(path + "\nb\n") == Paths{path, "b"});
    CHECK(all(with_nuls(path + "|b|")) == Paths{path, "b"});
  }
}

TEST_CASE("A list that breaks off says so last, and half a path is none", "[engine]") {
  const Error broken("io_error", "broken");
  CHECK(all(reads({}, broken)) == Paths{"!the list: io_error"});
  CHECK(all(reads({"a\nb\n"}, broken)) == Paths{"a", "b", "!the list: io_error"});
  CHECK(all(reads({"a\nhal"}, broken)) == Paths{"a", "!the list: io_error"});
}

TEST_CASE("A byte order mark is none of the first path's", "[engine]") {
  CHECK(all("\xEF\xBB\xBF"
            "a.jpg\nb.jpg\n") == Paths{"a.jpg", "b.jpg"});
  CHECK(all(reads({"\xEF", "\xBB",
                   "\xBF"
                   "a",
                   "\nb"})) == Paths{"a", "b"});
  CHECK(all(with_nuls("\xEF\xBB\xBF"
                      "a|b|")) == Paths{"a", "b"});
  CHECK(all("\xEF\xBB\xBF").empty());
  CHECK(all("\xEF\xBB\xBF\r\n").empty());
  // An incomplete mark, or one further on, is part of a name.
  CHECK(all("\xEF") == Paths{"\xEF"});
  CHECK(all("\xEF\xBB"
            "a\n") == Paths{"\xEF\xBB"
                            "a"});
  CHECK(all("a\n\xEF\xBB\xBF"
            "b\n") == Paths{"a",
                            "\xEF\xBB\xBF"
                            "b"});
  CHECK(all(reads({"\xEF"}, Error("io_error", "broken"))) == Paths{"!the list: io_error"});
}

TEST_CASE("A list in another encoding is one failure that names it", "[engine]") {
  const Paths refused = {"!the list: wrong_encoding"};
  const auto utf16 = [](const std::string& ascii, bool little) {
    std::string text;
    for (const char c : ascii) text += little ? std::string{c, '\0'} : std::string{'\0', c};
    return text;
  };
  const std::string lines = "a.jpg\r\nb c.jpg\r\n";
  CHECK(all("\xFF\xFE" + utf16(lines, true)) == refused);
  CHECK(all("\xFE\xFF" + utf16(lines, false)) == refused);
  CHECK(all(reads({"\xFF", "\xFE", "a", std::string(1, '\0')})) == refused);
  CHECK(all(utf16(lines, true)) == refused);
  CHECK(all(utf16(lines, false)) == refused);
  CHECK(all(with_nuls("\xFF\xFE||a|||")) == refused);
  const auto cursor = list_of_paths(reads({"\xFF\xFE" + utf16(lines, true)}), "x.txt");
  CHECK(cursor->next()->error->message ==
        "the list is in UTF-16: write it in UTF-8, as iconv does");
  // Names of one letter between NULs are a list.
  CHECK(all(with_nuls("a|b|")) == Paths{"a", "b"});
  CHECK(all(with_nuls("a|b\nc|")) == Paths{"a", "b\nc"});
}

TEST_CASE("A cursor of entries gives them once", "[engine]") {
  const auto cursor = cursor_of({{.key = "a"}, {.key = "b"}});
  CHECK(cursor->next()->key == "a");
  CHECK(cursor->next()->key == "b");
  CHECK_FALSE(cursor->next());
  CHECK_FALSE(cursor->next());
}

TEST_CASE("Sorted, what can be read comes first, bytewise", "[engine]") {
  const auto cursor = cursor_of({{.key = "b"},
                                 {.key = "a", .error = Error("io_error", "x")},
                                 {.key = "ä"},
                                 {.key = "a/b"},
                                 {.key = "a.b"},
                                 {.key = "B"}});
  CHECK(cursor->next()->key == "b");  // what is left counts
  Paths keys;
  for (const Entry& entry : sorted(*cursor)) keys.push_back(entry.key);
  CHECK(keys == Paths{"B", "a.b", "a/b", "ä", "a"});
}

}  // namespace
}  // namespace imagemill::testing
