// Each stage of a graph alone, over a folder of real images: one thread, then several; what it
// costs beside the plainest use of its library, and what it costs in the graph.
//
//   imagemill_stages FOLDER [--graph configs/thumbnails.yaml] [--threads N] [--repeat 5]
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bench/floors.h"
#include "bench/scratch_folder.h"
#include "bench/stage_passes.h"
#include "engine/run/executor.h"
#include "graphs/profile/profile.h"
#include "graphs/stats/scaling_laws.h"

namespace imagemill::bench {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string folder, graph = IMAGEMILL_CONFIGS "/thumbnails.yaml";
  std::vector<std::string> sets;
  int threads = available_cpus();
  int repeat = 5;
  std::uint64_t window_mb = 100;
};

// Time of each stage for an item in the graph, on one worker.
std::map<std::size_t, double> in_the_graph(const Arguments& arguments, const StageBatch& batch,
                                           const fs::path& folder) {
  const auto loaded = load_graph(arguments.graph, arguments.sets);
  const fs::path list = folder / "list";
  {
    std::ofstream to(list);
    for (const BatchItem& item : batch.items()) {
      to << fs::absolute(fs::path(arguments.folder) / item.info.key).string() << "\n";
    }
  }
  RunOptions options;
  options.environment.input = list;
  options.environment.output = folder / "out";
  options.workers = 1;
  options.visits = Visits::recorded;
  RunObserver nobody;
  const auto run = make_flow_executor()->run(loaded->graph, options, nobody);
  std::map<std::size_t, double> means;
  if (!run) return means;
  const Profile profile = make_profile("", loaded->graph, *run);
  for (std::size_t node = 0; node < profile.stages.size(); ++node) {
    const StageProfile& stage = profile.stages[node];
    if (stage.visits > 0) means[node] = stage.service_s / static_cast<double>(stage.visits);
  }
  return means;
}

using Samples = std::map<std::size_t, std::vector<double>>;

void add(Samples& samples, const std::map<std::size_t, double>& values) {
  for (const auto& [node, value] : values) samples[node].push_back(value);
}

int measure(const Arguments& arguments) {
  const auto loaded = load_graph(arguments.graph, arguments.sets);
  if (!loaded) {
    for (const Diagnostic& wrong : loaded.error()) fmt::print(stderr, "{}\n", to_string(wrong));
    return 2;
  }
  const ScratchFolder folder;
  Environment environment;
  environment.input = arguments.folder;
  environment.output = folder.path() / "out";
  auto batch = StageBatch::prepare(loaded->graph, environment, arguments.window_mb * 1'000'000);
  if (!batch) {
    fmt::print(stderr, "{}\n", to_string(batch.error()));
    return 2;
  }

  Floors floors(loaded->spec, loaded->graph, arguments.folder, folder.path());
  const auto visit = [&](std::size_t node, const BatchItem& item, const Payload& in) {
    floors.visit(node, item, in);
  };
  batch->pass(1, visit);
  const std::uint64_t compared = floors.end_of_check();

  Samples alone, one, many, floor, graph;
  std::vector<StagePass> passes;
  for (int i = 0; i < arguments.repeat; ++i) {
    passes = batch->pass(1, visit);
    add(floor, floors.take_seconds());
    for (const StagePass& pass : passes) {
      one[pass.node].push_back(pass.wall_s);
      alone[pass.node].push_back(pass.service_s / static_cast<double>(pass.items));
    }
    for (const StagePass& pass : batch->pass(arguments.threads)) {
      many[pass.node].push_back(pass.wall_s);
    }
    add(graph, in_the_graph(arguments, *batch, folder.path()));
  }

  fmt::print("{} items of {}, {} threads, medians of {}; {} results compared with the floor's\n\n",
             batch->items().size(), arguments.folder, arguments.threads, arguments.repeat,
             compared);
  fmt::print("{:<12}{:>7}{:>10}{:>10}{:>11}{:>10}{:>11}{:>8}{:>11}{:>8}{:>11}{:>8}\n", "stage",
             "items", "MB in", "MB out", "1 thread", "MB/s",
             fmt::format("{} threads", arguments.threads), "eff.", "floor", "ours", "in graph",
             "alone");
  for (const StagePass& pass : passes) {
    if (pass.items == 0) continue;
    const auto items = static_cast<double>(pass.items);
    const double serial_s = median(one[pass.node]);
    const double parallel_s = median(many[pass.node]);
    const double alone_s = median(alone[pass.node]);
    const double floor_s = median(floor[pass.node]);
    const double graph_s = median(graph[pass.node]);
    fmt::print(
        "{:<12}{:>7}{:>10.2f}{:>10.2f}{:>11.1f}{:>10.0f}{:>11.1f}{:>7.0f}%{:>11}{:>8}{:>11}{:>8}\n",
        loaded->graph.nodes()[pass.node].name, pass.items,
        static_cast<double>(pass.bytes_in) * 1e-6, static_cast<double>(pass.bytes_out) * 1e-6,
        items / serial_s, static_cast<double>(pass.bytes_in + pass.bytes_out) * 1e-6 / serial_s,
        items / parallel_s, 100 * serial_s / parallel_s / arguments.threads,
        floor_s > 0 ? fmt::format("{:.1f}", 1 / floor_s) : "-",
        floor_s > 0 ? fmt::format("{:.3f}", floor_s / alone_s) : "-",
        graph_s > 0 ? fmt::format("{:.1f}", 1 / graph_s) : "-",
        graph_s > 0 ? fmt::format("{:.3f}", graph_s / alone_s) : "-");
  }
  fmt::print(
      "\nitems a second: on 1 thread and on several, each stage alone; of its library (floor); in "
      "the graph on 1 worker\nMB: payloads in memory. ours: the floor's time / the stage's. alone: "
      "the time in the graph / the time alone\n");
  return 0;
}

}  // namespace
}  // namespace imagemill::bench

int main(int argc, char** argv) {
  // Joins the pool as a run does: memory that codecs have freed is reused.
  const auto run = imagemill::imaging::BufferPool::join_run(std::uint64_t{1} << 30);
  imagemill::bench::Arguments arguments;
  CLI::App app("Measures each stage of a graph alone, over a folder of images");
  app.add_option("folder", arguments.folder, "The images")
      ->required()
      ->check(CLI::ExistingDirectory);
  app.add_option("--graph", arguments.graph, "The config; without joins and tiles")
      ->capture_default_str();
  app.add_option("--set", arguments.sets, "NODE.PARAM=VALUE");
  app.add_option("--threads", arguments.threads, "How many, after one")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  app.add_option("--repeat", arguments.repeat, "Passes of each kind, in turn")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  app.add_option("--window", arguments.window_mb, "MB of payloads that are in memory at once")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return imagemill::bench::measure(arguments);
}
