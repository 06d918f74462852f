// What the subcommands that run a graph have in common on the command line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/commands.h"
#include "graphs/load.h"

namespace imagemill::cli {

// Replacements of the config's `run:` section, checked like that.
struct RunFlags {
  std::string graph;
  std::vector<std::string> sets;
  std::optional<std::string> input, output, workers, memory, on_error, max_failures;

  // The flags of a subcommand that only looks at the graph (check), that reads (verify), that
  // writes where the user says (run); and parts of those.
  void add_sets(CLI::App& command);
  void add_reading(CLI::App& command);
  void add_input(CLI::App& command);
  void add_memory(CLI::App& command);
  void add_writing(CLI::App& command);

  // The graph with these flags applied. What is wrong is printed on stderr, all of it.
  std::optional<LoadedGraph> load() const;
};

// A flag whose text is checked as a T when it is parsed.
template <class T>
CLI::Option* add_value(CLI::App& command, const std::string& flag, T& value,
                       const std::string& doc) {
  return command.add_option_function<std::string>(
      flag,
      [&value, flag](const std::string& text) {
        const auto parsed = TextValue<T>::parse(text);
        if (!parsed) {
          std::string message = "'" + text + "' is not " + std::string(TextValue<T>::type);
          if constexpr (std::is_enum_v<T>) {
            message += ":";
            for (const auto& entry : EnumNames<T>::values)
              message += " " + std::string(entry.first);
          }
          throw CLI::ValidationError(flag, message);
        }
        value = *parsed;
      },
      doc);
}

// "imagemill: …" on stderr.
void complain(const std::string& message);

// What a run is started with, from the settings of a config.
RunOptions run_options(const RunSettings& settings, std::stop_token stop);

}  // namespace imagemill::cli
