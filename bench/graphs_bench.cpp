// Whole graphs: every file in configs/ over sample photos, both executors. items/s is images/s.
#include <filesystem>

#include <benchmark/benchmark.h>

#include "bench/scratch_folder.h"
#include "bench/stage.h"
#include "engine/run/executor.h"
#include "graphs/config/load_graph.h"
#include "graphs/records/manifest.h"

namespace imagemill::bench {
namespace {

namespace fs = std::filesystem;

constexpr int kPhotos = 24;

// The photos, made once and removed at exit.
class Photos {
 public:
  Photos() {
    const imaging::Encoded file = photo_file({2000, 1500}, "jpeg");
    bytes_ = kPhotos * file.byte_size();
    for (int i = 0; i < kPhotos; ++i) {
      const auto name = "in/" + std::to_string(i) + ".jpg";
      if (!FileSystem::real().replace(path(), name, *file.bytes, Durability::none))
        std::exit(EXIT_FAILURE);
    }
  }
  const fs::path& path() const { return folder_.path(); }
  std::size_t bytes() const { return bytes_; }

 private:
  ScratchFolder folder_;
  std::size_t bytes_ = 0;
};

FileDigests outputs_of(const Graph& graph, RunOptions options, Executor& executor,
                       const fs::path& folder) {
  RunObserver nobody;
  options.environment.output = folder;
  if (!executor.run(graph, options, nobody)) return {};
  return digest_folder(FileSystem::real(), folder, 1).value_or(FileDigests{});
}

void graph(benchmark::State& state, const fs::path& config, Executor& executor, int workers) {
  static const Photos photos;
  const auto loaded = load_graph(config);
  if (!loaded) {
    state.SkipWithError("the config is not valid");
    return;
  }
  RunOptions options;
  options.workers = workers;
  options.environment.input = photos.path() / "in";
  options.environment.output = photos.path() / "out";
  const auto serial =
      outputs_of(loaded->graph, options, *make_serial_executor(), photos.path() / "serial");
  if (serial.empty() ||
      serial != outputs_of(loaded->graph, options, executor, photos.path() / "out")) {
    state.SkipWithError("the output is not the serial run's");
    return;
  }
  RunObserver nobody;
  for (auto _ : state) benchmark::DoNotOptimize(executor.run(loaded->graph, options, nobody));
  state.SetItemsProcessed(state.iterations() * kPhotos);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(photos.bytes()));
}

const bool registered = [] {
  const auto serial = std::shared_ptr<Executor>(make_serial_executor());
  const auto flow = std::shared_ptr<Executor>(make_flow_executor());
  for (const auto& entry : fs::directory_iterator(IMAGEMILL_CONFIGS)) {
    if (entry.path().extension() != ".yaml") continue;
    const std::string name = "graph/" + entry.path().stem().string();
    const auto add = [&](const std::string& suffix, const std::shared_ptr<Executor>& executor,
                         int workers) {
      benchmark::RegisterBenchmark((name + suffix).c_str(),
                                   [config = entry.path(), executor, workers](auto& state) {
                                     graph(state, config, *executor, workers);
                                   })
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    };
    add("/serial", serial, 1);
    add("/flow/1", flow, 1);
    add("/flow/" + std::to_string(available_cpus()), flow, available_cpus());
  }
  return true;
}();

}  // namespace
}  // namespace imagemill::bench
