// What the subcommands that run a graph have in common on the command line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/display/complain.h"
#include "cli/display/exit_status.h"
#include "cli/flags/command_line.h"
#include "graphs/config/load_graph.h"

namespace imagemill::cli {

// Replacements of the config's `run:` section, checked like that.
struct RunFlags {
  std::string graph;
  std::vector<std::string> sets;
  std::optional<std::string> input, list, output, workers, memory, on_error, max_failures, nested,
      item_timeout, quarantine;

  // The flags of a subcommand that only looks at the graph (check), that reads (verify), that
  // writes where the user says (run); and parts of those.
  void add_sets(Command& command);
  void add_reading(Command& command);
  void add_input(Command& command);
  void add_output(Command& command);
  void add_memory(Command& command);
  void add_writing(Command& command);

  // The graph with these flags applied. What is wrong is printed on stderr, all of it.
  std::optional<LoadedGraph> load() const;
  // The two steps of it: the graph without them, and then these.
  std::optional<LoadedGraph> load_config() const;
  bool apply_to(RunSettings& settings) const;
};

// What is given as a value that need not be given.
template <class V>
struct GivenAs {
  using Type = V;
};
template <class V>
struct GivenAs<std::optional<V>> {
  using Type = V;
};

// A flag whose text is checked as a Value, or what that may hold, when it is parsed.
template <class Value>
Argument add_value(Command& command, const std::string& flag, Value& value,
                   const std::string& doc) {
  using T = typename GivenAs<Value>::Type;
  const auto take = [&value](const std::string& text) -> std::string {
    const auto parsed = TextValue<T>::parse(text);
    if (parsed) {
      value = *parsed;
      return "";
    }
    std::string fault = "'" + text + "' is not " + std::string(TextValue<T>::type);
    if constexpr (std::is_enum_v<T>) {
      fault += ":";
      for (const auto& entry : EnumNames<T>::values) fault += " " + std::string(entry.first);
    }
    return fault;
  };
  return command.add_taken(flag, take, doc);
}

// Says on stderr what is missing of what the subcommand `name`, which runs a graph more than once,
// needs as its input.
bool is_rereadable(const RunSettings& settings, std::string_view name);
// The same for the folders that a run needs.
bool has_folders(const RunSettings& settings);

// What a run is started with, from the settings of a config.
RunOptions run_options(const RunSettings& settings, std::stop_token stop);

}  // namespace imagemill::cli
