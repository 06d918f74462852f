// imagemill schema: the config format for editors.
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/display/exit_status.h"
#include "cli/display/terminal.h"
#include "graphs/config/config_schema.h"

namespace imagemill::cli {

void add_schema(CommandLine& line) {
  Command command =
      line.add("schema", "Prints the JSON Schema of graph configs, for completion in editors");
  command.runs([] {
    print_out("{}", config_schema(NodeRegistry::global()));
    return kOk;
  });
}

}  // namespace imagemill::cli
