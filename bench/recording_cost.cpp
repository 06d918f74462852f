// Cost of recording every execution of a run, over a folder of real images.
//
//   imagemill_recording FOLDER [--graph configs/thumbnails.yaml] [--pairs 30] [--turns 40]
//
// A pair is so many runs with recording and as many without, in turn; its ratio is that of the two
// sums of their wall times. The noise of a machine is slow, compared to a run of some tenths of a
// second, and so falls on both alike. Printed are the mean of the pairs' ratios and its 95 %
// interval (Student's t).
#include <cmath>
#include <filesystem>
#include <numeric>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bench/scratch_folder.h"
#include "engine/run/executor.h"
#include "graphs/config/load_graph.h"
#include "graphs/records/manifest.h"
#include "graphs/stats/student.h"

namespace imagemill::bench {
namespace {

struct Arguments {
  std::string folder, graph = IMAGEMILL_CONFIGS "/thumbnails.yaml";
  int pairs = 30;
  int turns = 40;
  int workers = available_cpus();
};

// Wall time; what was written is the same each time, or the program ends.
class Runs {
 public:
  Runs(const Graph& graph, const Arguments& arguments) : graph_(graph) {
    options_.environment.input = arguments.folder;
    options_.environment.output = folder_.path() / "out";
    options_.workers = arguments.workers;
  }

  double seconds(Visits visits) {
    options_.visits = visits;
    RunObserver nobody;
    const auto run = make_flow_executor()->run(graph_, options_, nobody);
    if (!run || run->lost_visits > 0 || run->report.items.ok == 0) {
      fmt::print(stderr, "the run failed\n");
      std::exit(EXIT_FAILURE);
    }
    return run->report.wall_s;
  }

  std::size_t check() {
    seconds(Visits::counted);
    const auto counted = digest_folder(FileSystem::real(), options_.environment.output, 1);
    seconds(Visits::recorded);
    const auto recorded = digest_folder(FileSystem::real(), options_.environment.output, 1);
    if (!counted || counted->empty() || *counted != *recorded) {
      fmt::print(stderr, "with recording the outputs are others\n");
      std::exit(EXIT_FAILURE);
    }
    return counted->size();
  }

 private:
  const Graph& graph_;
  const ScratchFolder folder_;
  RunOptions options_;
};

int measure(const Arguments& arguments) {
  const auto loaded = load_graph(arguments.graph);
  if (!loaded) {
    for (const Diagnostic& wrong : loaded.error()) fmt::print(stderr, "{}\n", to_string(wrong));
    return 2;
  }
  Runs runs(loaded->graph, arguments);
  const std::size_t outputs = runs.check();
  std::vector<double> logs;
  double whole = 0;
  for (int pair = 0; pair < arguments.pairs; ++pair) {
    double on = 0;
    double off = 0;
    for (int turn = 0; turn < arguments.turns; ++turn) {
      // The order of the two alternates, too.
      if (turn % 2 == 0) on += runs.seconds(Visits::recorded);
      off += runs.seconds(Visits::counted);
      if (turn % 2 == 1) on += runs.seconds(Visits::recorded);
    }
    logs.push_back(std::log(on / off));
    whole += on + off;
  }
  const auto n = static_cast<double>(logs.size());
  const double mean = std::accumulate(logs.begin(), logs.end(), 0.0) / n;
  double squares = 0;
  for (const double log : logs) squares += (log - mean) * (log - mean);
  const double half = student_t975(n - 1) * std::sqrt(squares / (n * (n - 1)));
  const auto percent = [](double log) { return 100 * (std::exp(log) - 1); };
  fmt::print(
      "{} outputs, {} workers: a run takes {:+.2f} % longer with recording (95 %: {:+.2f} to "
      "{:+.2f} "
      "%; {} pairs of {} runs each way, {:.0f} s)\n",
      outputs, arguments.workers, percent(mean), percent(mean - half), percent(mean + half),
      arguments.pairs, arguments.turns, whole);
  return 0;
}

}  // namespace
}  // namespace imagemill::bench

int main(int argc, char** argv) {
  imagemill::bench::Arguments arguments;
  CLI::App app("Measures what recording every execution costs a run");
  app.add_option("folder", arguments.folder, "The images")
      ->required()
      ->check(CLI::ExistingDirectory);
  app.add_option("--graph", arguments.graph, "The config")->capture_default_str();
  app.add_option("--pairs", arguments.pairs, "How many")
      ->capture_default_str()
      ->check(CLI::Range(3, 10'000));
  app.add_option("--turns", arguments.turns, "Runs of a pair, each way")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000));
  app.add_option("--workers", arguments.workers, "CPU workers")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  CLI11_PARSE(app, argc, argv);
  return imagemill::bench::measure(arguments);
}
