// A graph config as plain data; each part knows its place in the file.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/run/executor.h"

namespace imagemill {

// Place in a config. Lines and columns count from 1; line 0 means the whole config.
struct Location {
  std::string source;  // path of the file, or the command-line option
  int line = 0;
  int column = 0;
};

// An error in a config and its place.
struct Diagnostic {
  Location location;
  std::string message;
};
std::string to_string(const Diagnostic& diagnostic);  // "file:line:column: message"

// All errors of a config, in the order of the file.
using Diagnostics = std::vector<Diagnostic>;
// Sorts into the order of the file; stable for equal places.
void sort_by_place(Diagnostics& diagnostics);

// Number of CPU workers; 0 is "auto".
struct Workers {
  int count = 0;
};

// The `run:` section. Command-line options of the same names replace these values.
struct RunSettings {
  std::string input;   // relative to the current folder
  std::string list;    // relative to the current folder
  std::string output;  // relative to the current folder
  Workers workers;
  ByteSize memory{std::uint64_t{1} << 30};
  OnError on_error = OnError::skip;
  FailureLimit max_failures;
  Nesting nested = Nesting::refused;
  Duration item_timeout;
  std::string quarantine;

  static void describe(NodeSchema<RunSettings>& s);
};

struct NodeSpec {
  NodeConfig config;
  Location location;
  std::map<std::string, Location> keys;  // of "type", "in", "concurrency" and each parameter
};

struct GraphSpec {
  std::string name;
  std::vector<NodeSpec> nodes;
  RunSettings run;
  std::map<std::string, Location> run_keys;  // of the run section's values
};

template <>
struct TextValue<Workers> {
  static constexpr std::string_view type = "number of workers, or auto";
  static constexpr std::string_view pattern = R"(^(auto|[0-9]+)$)";
  static std::optional<Workers> parse(std::string_view text);
  static std::string format(const Workers& workers);
};

// "20", "1%", or "any" for no limit.
template <>
struct TextValue<FailureLimit> {
  static constexpr std::string_view type = "number of items, or percentage";
  static constexpr std::string_view pattern = R"(^(any|[0-9]+|([0-9]+\.?[0-9]*|\.[0-9]+)%)$)";
  static std::optional<FailureLimit> parse(std::string_view text);
  static std::string format(const FailureLimit& limit);
};

template <>
struct EnumNames<Nesting> {
  static constexpr std::array<std::pair<std::string_view, Nesting>, 2> values = {
      {{"refuse", Nesting::refused}, {"allow", Nesting::allowed}}};
};

template <>
struct EnumNames<OnError> {
  static constexpr std::array<std::pair<std::string_view, OnError>, 2> values = {
      {{"skip", OnError::skip}, {"stop", OnError::stop}}};
};

}  // namespace imagemill
