// imagemill cluster: shards of a run on many machines, handed out by the Python package beside this
// command, which has its own arguments.
#include "cli/commands/commands.h"
#include "cli/process/python_process.h"

namespace imagemill::cli {

void add_cluster(CommandLine& line) {
  Command cluster_app = line.add(
      "cluster", "Runs a graph on many machines at once, over Dask: imagemill cluster run --help");
  cluster_app.runs_with_words([](const std::vector<std::string>& words) {
    return become_python("imagemill_cluster", words);
  });
}

}  // namespace imagemill::cli
