// A scaling study of graphs whose stages sleep, so that any machine has the CPUs.
#include "graphs/study/scale.h"

#include <atomic>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "engine/node/node_adaptor.h"
#include "graphs/config/load_graph.h"
#include "graphs/session/scratch_run.h"
#include "graphs/study/scale_json.h"
#include "nodes/imaging/codec/encoded.h"
#include "tests/support/catch.h"
#include "tests/support/photo_set.h"
#include "tests/support/temporary_folder.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

// Passes a file on after a while.
struct Nap {
  static void describe(NodeSchema<Nap>& s) {
    s.summary("Sleeps.");
    s.param("ms", &Nap::ms, "How long.", between<std::int64_t>(0, 1000));
    s.param("counts", &Nap::counts, "Whether what it gives depends on who came before.");
  }
  Result<imaging::Encoded> process(const imaging::Encoded& in) const {
    static std::atomic<unsigned> before = 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    if (!counts) return in;
    imaging::Bytes bytes = *in.bytes;
    bytes.push_back(static_cast<std::uint8_t>(before++));
    return imaging::Encoded{std::make_shared<const imaging::Bytes>(std::move(bytes))};
  }
  std::int64_t ms = 0;
  bool counts = false;
};

const NodeRegistry& types() {
  static const NodeRegistry registry = [] {
    NodeRegistry all = NodeRegistry::global();
    all.add<Nap>("nap");
    return all;
  }();
  return registry;
}

ScaleStudy study_of(const std::string& nap, std::vector<int> workers, int items = 96) {
  const TemporaryFolder folder;
  Files files;
  const Bytes file = jpeg_file(gradient({32, 24}, {3, 8}));
  for (int i = 0; i < items; ++i) files[fmt::format("{:03}.jpg", i)] = file;
  write_files(folder / "in", files);
  const auto loaded = parse_graph(fmt::format(R"(imagemill: 1
nodes:
  read:  {{type: read}}
  nap:   {{type: nap, in: read, {}}}
  write: {{type: write, in: nap}}
)",
                                              nap),
                                  "nap.yaml", {}, types());
  REQUIRE(loaded);
  ScaleOptions options;
  options.run.environment.input = folder / "in";
  options.workers = std::move(workers);
  Machine machine;
  machine.cpus = 16;
  RunObserver observer;
  auto study =
      scale("nap", loaded->graph, options, folder / "scratch", std::move(machine), observer);
  REQUIRE(study);
  CHECK(study->items == static_cast<std::uint64_t>(items));
  CHECK(read_files(folder.path()).size() == static_cast<std::size_t>(items));  // nothing is left
  return std::move(*study);
}

std::string text_of(const ScaleStudy& study) {
  std::string text;
  for (const std::string& sentence : findings(study)) text += sentence + "\n";
  return text;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("What scales is found to scale", "[timing]") {
  const ScaleStudy study = study_of("ms: 10", {4, 1, 2, 8, 2});
  REQUIRE(study.points.size() == 5);
  CHECK(study.serial().mode == "serial");
  for (const ScalePoint& point : study.points) {
    CAPTURE(point.mode, point.workers);
    CHECK(point.wall_s.size() == 3);
    // The serial run reads and writes in between, too.
    const double one = study.points[1].median_s();
    if (point.mode == "flow") CHECK(one / point.median_s() == Approx(point.workers).epsilon(0.1));
    CHECK(study.speedup(point) == Approx(study.serial().median_s() / point.median_s()));
    CHECK_FALSE(point.beyond_machine);
  }
  CHECK(study.best().workers == 8);
  CHECK(study.different.empty());
  CHECK(study.outputs == 96);
  const auto usl = study.usl();
  REQUIRE(usl);
  CHECK(usl->sigma.value < 0.03);
  CHECK(usl->lambda.value == Approx(100).epsilon(0.05));
  const std::string text = text_of(study);
  CHECK(contains(text, "Universal scalability law: σ = "));
  CHECK(contains(text, "Every output of every run equals the serial run's: 96 files, 15 runs."));
}

TEST_CASE("The point where the speed-up is no longer linear, and why, is found", "[timing]") {
  const ScaleStudy study = study_of("ms: 10, concurrency: 2", {1, 2, 4, 32});
  REQUIRE(study.leaves_linear() != nullptr);
  CHECK(study.leaves_linear()->workers == 4);
  CHECK(study.points[1].median_s() / study.leaves_linear()->median_s() == Approx(2).epsilon(0.1));
  CHECK(study.best().workers == 2);
  CHECK(study.points.back().beyond_machine);
  CHECK_FALSE(study.usl());
  const std::string text = text_of(study);
  CHECK(contains(text, "With 4 workers the speed-up is no longer linear: "));
  CHECK(contains(text, "% to workers that waited for the limit of 'nap'"));
  CHECK(contains(text, "Universal scalability law: not fitted"));
  CHECK(contains(text, "16 CPUs (32): measured, but no evidence of scaling."));
  // Half of the workers' time is lost, and accounted for.
  const ScalePoint& four = *study.leaves_linear();
  double lost = 0;
  for (const ScalingLoss& loss : study.losses(four)) lost += loss.worker_s;
  CHECK(lost + study.serial().profile.stages[1].service_s ==
        Approx(four.profile.worker_seconds()).epsilon(0.02));
}

TEST_CASE("A folder that is there is never thrown away", "[timing]") {
  const TemporaryFolder folder;
  folder.write("out/kept", "");
  const auto loaded = parse_graph(
      "imagemill: 1\nnodes:\n  read: {type: read}\n  write: {type: write, in: read}\n", "g.yaml");
  REQUIRE(loaded);
  RunObserver observer;
  RunOptions options;
  options.environment.input = folder.path();
  const auto executor = make_serial_executor();
  for (const std::filesystem::path& out : {folder / "out", std::filesystem::path("relative")}) {
    const auto ran = run_into(out, *executor, loaded->graph, options, observer);
    REQUIRE_FALSE(ran);
    CHECK(ran.error().code == "output_exists");
  }
  CHECK(folder.files() == std::vector<std::string>{"out/kept"});
}

TEST_CASE("Outputs that are not the serial run's are told", "[timing]") {
  const ScaleStudy study = study_of("counts: true", {2}, 20);
  CHECK_FALSE(study.different.empty());
  CHECK(contains(text_of(study), "outputs differ from the serial run's, first '0"));
}
