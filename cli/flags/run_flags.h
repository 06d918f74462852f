// Flags that the subcommands over a graph share.
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

// Flags that replace values of the config's `run:` section, with the same checks.
struct RunFlags {
  std::string graph;
  std::vector<std::string> sets;
  std::optional<std::string> input, list, output, workers, memory, on_error, max_failures, nested,
      item_timeout, quarantine;

  // Adds --set.
  void add_sets(Command& command);
  // Adds --input, --list, --set, --workers and --memory.
  void add_reading(Command& command);
  // Adds --input and --list.
  void add_input(Command& command);
  // Adds --output.
  void add_output(Command& command);
  // Adds --memory.
  void add_memory(Command& command);
  // Adds --output and the flags for failures, time-outs, quarantine and nesting.
  void add_writing(Command& command);

  // The graph with these flags applied. Prints every fault on stderr; nullopt if there is one.
  std::optional<LoadedGraph> load() const;
  // First step of load(): the graph with --set applied, but no other flag.
  std::optional<LoadedGraph> load_config() const;
  // Second step of load(): applies the other flags. Prints every fault; false if there is one.
  bool apply_to(RunSettings& settings) const;
};

// Type of the value behind a flag: V for V and for std::optional<V>.
template <class V>
struct GivenAs {
  using Type = V;
};
template <class V>
struct GivenAs<std::optional<V>> {
  using Type = V;
};

// Adds a flag whose text is parsed and checked as a Value (or the T of an optional<T>).
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

// Whether the input can be read more than once, as the subcommand `name` needs. If not, prints why
// on stderr.
bool is_rereadable(const RunSettings& settings, std::string_view name);
// Whether input and output are given. If not, prints on stderr which one is missing.
bool has_folders(const RunSettings& settings);

}  // namespace imagemill::cli
