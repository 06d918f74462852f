// Configs that are changed as text, with the rest as it was written.
#include "graphs/config/config_edit.h"

#include "tests/support/catch.h"

using namespace imagemill;

namespace {

// "imagemill: 1", these nodes, and what follows them.
std::string config(const std::string& nodes, const std::string& run = "") {
  return "imagemill: 1\nnodes:\n" + nodes + run;
}

std::string edit(const std::string& text, const ConfigChanges& changes,
                 const std::vector<std::string>& comment = {}) {
  const auto loaded = parse_graph(text, "config");
  REQUIRE(loaded);
  const auto changed = edited(*loaded, changes, comment);
  return changed ? *changed : std::string(changed.error().code);
}

ConfigChanges concurrency(const std::string& node, int value) {
  return {.concurrency = {{node, value}}, .memory = {}};
}

}  // namespace

TEST_CASE("A limit is taken out of a node on a line", "[graphs]") {
  const std::string read = "  read:   {type: read}\n";
  const auto with = [&](const std::string& decode) {
    return config(read + decode +
                  "  resize: {type: resize, in: décode, width: 9}\n"
                  "  encode: {type: encode, in: resize}\n  write: {type: write, in: encode}\n");
  };
  const std::string without = with("  décode: {type: decode, in: read}  # kept\n");
  CHECK(edit(with("  décode: {type: decode, in: read, concurrency: 1}  # kept\n"),
             concurrency("décode", 0)) == without);
  CHECK(edit(with("  décode: {type: decode, concurrency: 1, in: read}  # kept\n"),
             concurrency("décode", 0)) == without);
  CHECK(edit(with("  décode: {concurrency: 1, type: decode, in: read}  # kept\n"),
             concurrency("décode", 0)) == without);
  CHECK(edit(without, concurrency("décode", 3)) ==
        with("  décode: {type: decode, concurrency: 3, in: read}  # kept\n"));
  CHECK(edit(with("  décode: {type: decode, in: read, concurrency: 12}  # kept\n"),
             concurrency("décode", 3)) ==
        with("  décode: {type: decode, in: read, concurrency: 3}  # kept\n"));
}

TEST_CASE("A limit is changed in a node of several lines", "[graphs]") {
  const auto with = [](const std::string& line) {
    return config("  read:\n    type: \"read\"  # the source\n" + line +
                  "    include: \"**\"\n  write: {type: write, in: read}\n");
  };
  CHECK(edit(with("    concurrency: 1\n"), concurrency("read", 0)) == with(""));
  CHECK(edit(with("    concurrency: 1   # slow\n"), concurrency("read", 24)) ==
        with("    concurrency: 24   # slow\n"));
  CHECK(edit(with(""), concurrency("read", 4)) == with("    concurrency: 4\n"));
}

TEST_CASE("Memory is changed, or added, and a comment goes on top", "[graphs]") {
  const std::string nodes = "  read: {type: read}\n  write: {type: write, in: read}\n";
  const ConfigChanges memory = {.concurrency = {}, .memory = ByteSize{64 << 20}};
  CHECK(edit(config(nodes, "run:\n  memory: 16MiB  # little\n  input: in\n"), memory) ==
        config(nodes, "run:\n  memory: 64MiB  # little\n  input: in\n"));
  CHECK(edit(config(nodes, "run:\n  input: in\n"), memory) ==
        config(nodes, "run:\n  input: in\n  memory: 64MiB\n"));
  CHECK(edit(config(nodes, "run: {input: in}\n"), memory) ==
        config(nodes, "run: {input: in, memory: 64MiB}\n"));
  CHECK(edit(config(nodes), memory, {"why", "and how"}) ==
        "# why\n# and how\n" + config(nodes, "run:\n  memory: 64MiB\n"));
}

TEST_CASE("What can't be edited safely is left alone", "[graphs]") {
  // Two nodes that share their text: a change of it would change both.
  const std::string shared =
      "imagemill: 1\nnodes:\n  read: {type: read}\n  write: &same {type: write, in: read, "
      "concurrency: 1, path: \"{dir}/{name}\"}\n  again: *same\n";
  CHECK(edit(shared, concurrency("again", 4)) == "not_editable");
}

TEST_CASE("A comment stays where its line goes", "[graphs]") {
  const auto with = [](const std::string& line) {
    return config("  read:\n    type: read\n" + line + "  write: {type: write, in: read}");
  };
  CHECK(edit(with("    concurrency: 1  # ask Eve\n"), concurrency("read", 0)) ==
        with("    # ask Eve\n"));
  CHECK(edit(with(""), {.concurrency = {}, .memory = ByteSize{1 << 20}}) ==
        with("") + "\nrun:\n  memory: 1MiB\n");
}

TEST_CASE("A config in another encoding, or with values elsewhere, is not edited", "[graphs]") {
  const std::string text =
      config("  read: {type: read, concurrency: 2}  # two\n  write: {type: write, in: read}\n");
  std::string utf16 = "\xFF\xFE";
  for (const char c : text) utf16 += {c, '\0'};
  const std::string alias = "name: &c 2  # two\n" + config(
                                                        "  read: {concurrency: *c, type: read}\n"
                                                        "  write: {type: write, in: read}\n");
  for (const int value : {0, 3}) {
    CHECK(edit(utf16, concurrency("read", value)) == "not_editable");
    CHECK(edit(alias, concurrency("read", value)) == "not_editable");
  }
  CHECK(edit(utf16, {.concurrency = {}, .memory = ByteSize{std::uint64_t{2} << 20}}) ==
        "not_editable");
}
