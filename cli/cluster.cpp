// imagemill cluster: shards of a run on many machines, handed out by the Python package beside this
// command, which has its own arguments.
#include "cli/python.h"

namespace imagemill::cli {

void add_cluster(CLI::App& app, Action& action) {
  CLI::App* cluster_app = app.add_subcommand(
      "cluster", "Runs a graph on many machines at once, over Dask: imagemill cluster run --help");
  cluster_app->set_help_flag();
  cluster_app->prefix_command();
  cluster_app->callback([cluster_app, &action] {
    action = [words = cluster_app->remaining()] {
      return become_python("imagemill_cluster", words);
    };
  });
}

}  // namespace imagemill::cli
