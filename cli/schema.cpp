// imagemill schema: the config format for editors.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "graphs/config_schema.h"

namespace imagemill::cli {

void add_schema(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "schema", "Prints the JSON Schema of graph configs, with which an editor completes them");
  command->callback([&action] {
    action = [] {
      print_out("{}", config_schema(NodeRegistry::global()));
      return kOk;
    };
  });
}

}  // namespace imagemill::cli
