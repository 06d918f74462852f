// imagemill --help, and what is said to who gets the command line wrong.
#include <map>
#include <sstream>

#include "tests/support/catch.h"
#include "tests/support/command.h"

using namespace imagemill::testing;

namespace {

// The names below "Subcommands:".
std::vector<std::string> subcommands() {
  std::istringstream help(run_imagemill({"--help"}).out);
  std::vector<std::string> names;
  bool listed = false;
  for (std::string line; std::getline(help, line);) {
    if (listed && line.starts_with("  ") && line.size() > 2 && line[2] != ' ') {
      names.push_back(line.substr(2, line.find(' ', 2) - 2));
    }
    listed = listed || line.starts_with("Subcommands:");
  }
  return names;
}

}  // namespace

TEST_CASE("Help goes to stdout and is a success", "[cli]") {
  const Finished help = run_imagemill({"--help"});
  CHECK(help.status == 0);
  CHECK(help.err == kNothing);
  REQUIRE(subcommands().size() >= 7);
  for (const std::string& name : subcommands()) {
    INFO(name);
    const Finished of_subcommand = run_imagemill({name, "--help"});
    CHECK(of_subcommand.status == 0);
    CHECK(of_subcommand.err == kNothing);
    CHECK(contains(of_subcommand.out, "Usage:"));
  }
}

TEST_CASE("A subcommand's help mentions all its flags", "[cli]") {
  const std::map<std::string, std::vector<std::string>> flags = {
      {"run", {"graph",    "--input",    "--output",       "--set",          "--workers",
               "--memory", "--on-error", "--max-failures", "--executor",     "--progress",
               "--stats",  "--manifest", "--failures",     "--item-timeout", "--quarantine",
               "--nested", "--resume",   "--retry-failed", "--summary",      "--die-with-parent",
               "--list",   "--shard",    "--losses"}},
      {"profile",
       {"graph", "--input", "--output", "--set", "--workers", "--memory", "--json", "--trace"}},
      {"scale",
       {"graph", "--input", "--set", "--workers", "--repeat", "--json", "--compare", "--modes",
        "--nodes"}},
      {"list", {"graph", "--input", "--output", "--set"}},
      {"merge",
       {"output", "--job", "--stats", "--manifest", "--failures", "--losses", "--summary"}},
      {"predict",
       {"profile", "--workers", "--cpus", "--memory", "--set", "--faster", "--measured", "--json"}},
      {"tune", {"graph", "--input", "--workers", "--memory", "--repeat", "--tuned"}},
      {"report", {"results", "-o"}},
      {"check", {"graph", "--input", "--list", "--set"}},
      {"draw", {"graph", "--set", "--format", "dot", "mermaid", "svg", "--stats"}},
      {"nodes", {"TYPE", "--markdown"}},
      {"verify", {"graph", "second", "--input", "--set", "--workers", "--memory"}},
      {"synth", {"DIR", "--count", "--size", "--seed"}}};
  for (const auto& [name, words] : flags) {
    const std::string help = run_imagemill({name, "--help"}).out;
    for (const std::string& word : words) {
      INFO(name << " " << word);
      CHECK(contains(help, word));
    }
  }
}

TEST_CASE("The version is one line", "[cli]") {
  const Finished version = run_imagemill({"--version"});
  CHECK(version.status == 0);
  CHECK(version.out.starts_with("imagemill "));
  CHECK(std::count(version.out.begin(), version.out.end(), '\n') == 1);
}

TEST_CASE("A command line that can't be understood is refused on stderr", "[cli]") {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>(), {"rnu"}, {"run"}, {"run", "--bogus"}, {"--bogus"}}) {
    const Finished refused = run_imagemill(arguments);
    CHECK(refused.status == 2);
    CHECK(refused.out == kNothing);
    CHECK_FALSE(refused.err.empty());
  }
}

TEST_CASE("A misspelt command is told which was meant", "[cli]") {
  const Finished run = run_imagemill({"chek", "graph.yaml"});
  CHECK(run.status == 2);
  CHECK(run.err ==
        "imagemill: no command is named 'chek'; did you mean 'check'? (imagemill --help lists "
        "them)\n");
  CHECK(run_imagemill({}).status == 2);
}
