#include "engine/run/execution_recorder.h"

#include <algorithm>

#include "engine/base/clock.h"

namespace imagemill {
namespace {

bool on_workers(const GraphNode& node) { return node.works() && !node.on_io_threads(); }

}  // namespace

ExecutionRecorder::ExecutionRecorder(const Graph& graph, const RunOptions& options, int workers,
                                     int slots)
    : log_(static_cast<std::size_t>(slots)) {
  if (options.calibration != Calibration::solo_phases || workers < 2) return;
  const auto& nodes = graph.nodes();
  solo_.emplace(static_cast<int>(std::count_if(nodes.begin(), nodes.end(), on_workers)));
}

void ExecutionRecorder::add(Visit visit, const Item& item, std::size_t node, std::size_t part,
                            int slot) {
  if (visit.end_ns == 0) return;
  visit.item = item.info().index;
  visit.part = static_cast<std::uint32_t>(part);
  visit.node = static_cast<std::uint16_t>(node);
  visit.slot = static_cast<std::uint16_t>(slot);
  const auto pixels = [](const Facts& facts) {
    return static_cast<std::uint64_t>(facts.pixel_width * facts.pixel_height);
  };
  const NodePlan& plan = item.plan(node);
  visit.pixels_in = pixels(node == 0 ? item.info().facts : plan.in);
  visit.pixels_out = pixels(plan.plan.out);
  log_.add(visit);
}

void ExecutionRecorder::add_ignored(const Admission::Admitted& ignored, int slot) {
  Visit visit = ignored.probe;
  visit.item = ignored.index;
  visit.slot = static_cast<std::uint16_t>(slot);
  log_.add(visit);
}

std::optional<SoloCalibration::Turn> ExecutionRecorder::take_turn(const GraphNode& node) {
  if (!solo_ || !on_workers(node)) return {};
  return solo_->take_turn();
}

void ExecutionRecorder::finish(RunResult& result) {
  result.visits = log_.take();
  result.keys = log_.take_keys();
  result.lost_visits = log_.lost();
  if (solo_) result.solo = solo_->finish();
}

void RecordedPieces::run(int count, const std::function<void(int)>& piece) const {
  parallel_.run(count, [&](int i) {
    const auto here = parallel_.slot();
    if (!here || *here == slot_) return piece(i);
    Visit visit;
    visit.kind = Visit::Kind::piece;
    visit.ready_ns = visit.start_ns = now_ns();
    piece(i);
    visit.end_ns = now_ns();
    recorder_.add(visit, *packet_.item, node_, packet_.number, *here);
  });
}

}  // namespace imagemill
