// Configs that nobody means: broken, enormous, made to hurt.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "graphs/config/load_graph.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/watchdog.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

std::string first_fault(const std::string& yaml) {
  const Watchdog watchdog("a hostile config", std::chrono::seconds(120));
  const auto loaded = parse_graph(yaml, "g.yaml");
  return loaded ? "none" : to_string(loaded.error().front());
}

std::string repeated(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

}  // namespace

TEST_CASE("What is not YAML is refused where it goes wrong", "[graphs]") {
  CHECK(first_fault("imagemill: 1\nnodes: {read: {type: read}\n")
            .starts_with("g.yaml:3:1: not valid YAML: "));
  CHECK(first_fault("imagemill: 1\n\tnodes: 1\n").starts_with("g.yaml:2:"));
  CHECK(first_fault("a: b: c\n").starts_with("g.yaml:1:"));
  CHECK(first_fault("imagemill: *unknown\n").starts_with("g.yaml:1:"));
}

TEST_CASE("An empty config is refused", "[graphs]") {
  for (const std::string yaml : {"", "\n\n", "# only a comment\n", "---\n", "~"}) {
    CHECK(first_fault(yaml).find("a graph config is a map with the keys") != std::string::npos);
  }
}

TEST_CASE("A binary file is refused", "[graphs]") {
  std::string binary;
  for (int i = 0; i < 5000; ++i) binary.push_back(static_cast<char>(i * 131 % 256));
  for (const std::string& bytes : {binary, "\x89PNG\r\n\x1A\n" + binary, std::string(1000, '\0'),
                                   std::string("\xFF\xD8\xFF\xE0")}) {
    CHECK(first_fault(bytes) != "none");
  }
}

TEST_CASE("More than one document is refused", "[graphs]") {
  const std::string graph =
      "imagemill: 1\nnodes: {read: {type: read}, write: {type: write, in: read}}\n";
  CHECK(first_fault(graph) == "none");
  CHECK(first_fault("---\n" + graph) == "none");
  CHECK(first_fault(graph + "---\n" + graph) == "g.yaml:4:1: a graph config is one YAML document");
}

TEST_CASE("A comma outside of brackets is refused where it stands", "[graphs]") {
  const std::string graph =
      "{imagemill: 1, nodes: {read: {type: read}, write: {type: write, in: read}}}";
  const std::string fault =
      ": not valid YAML: no value begins like this; a comma belongs in brackets";
  CHECK(first_fault(graph) == "none");
  CHECK(first_fault(graph + ",\n") == "g.yaml:1:76" + fault);
  CHECK(first_fault("- a\n,") == "g.yaml:2:1" + fault);
  for (const std::string at_start : {",", ", a", ",\n,", ", {a: b}"}) {
    CHECK(first_fault(at_start) == "g.yaml:1:1" + fault);
    CHECK(first_fault("---\n" + at_start) == "g.yaml:2:1" + fault);
    CHECK(first_fault(graph + "\n...\n" + at_start) == "g.yaml:3:1" + fault);
    CHECK(first_fault("!tag " + at_start) == "g.yaml:1:6" + fault);
  }
}

TEST_CASE("What follows the second document is not read", "[graphs]") {
  CHECK(first_fault("a: 1\n---\nb: 2\n---\n,") == "g.yaml:1:1: unknown key 'a'");
  std::string many = "imagemill: 1\n";
  while (many.size() < (1 << 20)) many += "---\n";
  CHECK(first_fault(many) != "none");
}

TEST_CASE("Deep nesting is refused without exhausting the stack", "[graphs]") {
  CHECK(first_fault(repeated("[", 100'000)) != "none");
  CHECK(first_fault(repeated("{a: ", 50'000)) != "none");
  const std::string fault = first_fault("imagemill: 1\nnodes: " + repeated("[", 10'000));
  CHECK(fault.starts_with("g.yaml:2:"));
  CHECK(fault.ends_with(": nested too deep for a graph config"));
  CHECK(first_fault(repeated("- ", 50'000)) != "none");
  CHECK(first_fault("imagemill: 1\nnodes: " + repeated("{a: ", 400) + repeated("}", 400)) !=
        "none");
}

TEST_CASE("Aliases of aliases do not blow up", "[graphs]") {
  std::string bomb = "imagemill: 1\nname: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 40; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "k" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before +
            repeated(", " + before, 9) + "]\n";
  }
  bomb += "nodes: {read: {type: *a39, in: *a39, include: *a39}}\n";
  CHECK(first_fault(bomb) == "g.yaml:2:7: 'name' must be a single value");
}

TEST_CASE("An alias may stand for a value, and can't make a config contain itself", "[graphs]") {
  CHECK(first_fault(
            "imagemill: 1\nnodes:\n  read: {type: &r read}\n  write: {type: write, in: *r}\n") ==
        "none");
  CHECK(first_fault("imagemill: 1\nnodes: &n\n  read: *n\n") != "none");
}

TEST_CASE("A config of many nodes is built quickly", "[graphs]") {
  std::string yaml = "imagemill: 1\nnodes:\n  read: {type: read}\n";
  for (int i = 0; i < 2000; ++i) {
    yaml += "  write" + std::to_string(i) + ": {type: write, in: read, path: \"" +
            std::to_string(i) + "/{name}\"}\n";
  }
  CHECK(first_fault(yaml) == "none");
}

TEST_CASE("A config that is no readable file, or too large, is refused", "[graphs]") {
  const TemporaryFolder folder;
  const auto fault_of = [](const std::filesystem::path& file) {
    const auto loaded = load_graph(file);
    return loaded ? "none" : to_string(loaded.error().front());
  };
  CHECK(fault_of(folder / "missing.yaml") ==
        (folder / "missing.yaml").string() + ": cannot open: No such file or directory");
  CHECK(fault_of(folder.path()) == folder.path().string() + ": not a regular file");
  const auto huge = folder.write("huge.yaml", "imagemill: 1\n" + std::string(1 << 20, '#'));
  CHECK(fault_of(huge) == huge.string() + ": a graph config has at most 1 MiB");
  CHECK(fault_of(folder.write("full.yaml", repeated("#\n", (1 << 20) / 2))) != "none");
  CHECK(fault_of(folder.write("empty.yaml", "")) != "none");
}

namespace {

std::string text_in(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Some edits of a config that leave most of it as it is.
std::string mutated(std::string text, const std::vector<std::string>& words, std::mt19937& random) {
  const auto below = [&](std::size_t end) { return random() % std::max<std::size_t>(end, 1); };
  for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
    const std::size_t at = below(text.size() + 1);
    const std::size_t length = std::min(below(20), text.size() - at);
    switch (below(5)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, words[below(words.size())]);
        break;
      case 2:
        text.replace(at, length, words[below(words.size())]);
        break;
      case 3:
        text.insert(below(text.size() + 1), text.substr(at, length));
        break;
      default:
        text.insert(at, 1, static_cast<char>(below(256)));
    }
  }
  return text;
}

}  // namespace

TEST_CASE("A config with mistakes is read to its end, and each fault has its line", "[graphs]") {
  const std::vector<std::string> words = {",",
                                          ":",
                                          "-",
                                          "- ",
                                          "? ",
                                          "&a ",
                                          "*a",
                                          "{",
                                          "}",
                                          "[",
                                          "]",
                                          "\n",
                                          "---",
                                          "\n---\n",
                                          "...",
                                          "\n...\n",
                                          "!t ",
                                          "!!str ",
                                          "%YAML 1.2\n",
                                          "|",
                                          ">",
                                          "'",
                                          "\"",
                                          "#",
                                          "~",
                                          "\t",
                                          "\r",
                                          "<<: ",
                                          "\xEF\xBB\xBF",
                                          "\xFF\xFE",
                                          "{stem",
                                          "in: ",
                                          "1e99",
                                          "always or "};
  std::vector<std::string> configs;
  for (const auto& entry : std::filesystem::directory_iterator(IMAGEMILL_CONFIGS)) {
    if (entry.path().extension() == ".yaml") configs.push_back(text_in(entry.path()));
  }
  REQUIRE(configs.size() > 10);
  std::sort(configs.begin(), configs.end());
  std::mt19937 random(1);
  int refused = 0;
  for (int i = 0; i < 4000; ++i) {
    const std::string yaml = mutated(configs[random() % configs.size()], words, random);
    const Watchdog watchdog(yaml, std::chrono::seconds(20));
    const auto loaded = parse_graph(yaml, "g.yaml");
    if (loaded) continue;
    ++refused;
    const int lines = static_cast<int>(std::count(yaml.begin(), yaml.end(), '\n')) + 1;
    for (const Diagnostic& fault : loaded.error()) {
      const bool is_placed = fault.location.line >= 1 && fault.location.line <= lines + 1;
      if (!is_placed || fault.message.empty()) FAIL_CHECK(to_string(fault) << " in\n" << yaml);
    }
  }
  CHECK(refused > 1000);
  CHECK(refused < 4000);
}
