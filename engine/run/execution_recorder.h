// Records a run's executions as they end, where that is asked for. Internal to the engine.
#pragma once

#include <optional>

#include "engine/metrics/execution_log.h"
#include "engine/metrics/solo_calibration.h"
#include "engine/node/parallel.h"
#include "engine/run/admission.h"
#include "engine/run/executor.h"

namespace imagemill {

// Thread-safe as long as each slot (run_state.h) has one caller at a time; apart from finish().
class VisitRecorder {
 public:
  VisitRecorder(const Graph& graph, const RunOptions& options, int workers, int slots);

  void name(const Item& item) { log_.name(item.info().index, item.info().key); }
  // Completes a record by what is known of the item. Nothing where it has no end.
  void add(Visit visit, const Item& item, std::size_t node, std::size_t part, int slot);
  // What is no item was looked at all the same.
  void add_ignored(const Intake::Admitted& ignored, int slot);

  // What an execution of a node takes while it runs; none without phases at one worker, and for
  // nodes with threads of their own.
  std::optional<SoloPhases::Turn> take_turn(const GraphNode& node);

  // Call once, when nothing is recorded any more.
  void finish(RunResult& result);

 private:
  VisitLog log_;
  std::optional<SoloPhases> solo_;
};

// Pieces of an execution that other workers take are records of their own.
class RecordedPieces final : public Parallel {
 public:
  // All of them outlive it.
  RecordedPieces(VisitRecorder& recorder, const Parallel& parallel, const Packet& packet,
                 std::size_t node, int slot)
      : recorder_(recorder), parallel_(parallel), packet_(packet), node_(node), slot_(slot) {}

  void run(int count, const std::function<void(int)>& piece) const override;

 private:
  VisitRecorder& recorder_;
  const Parallel& parallel_;
  const Packet& packet_;
  const std::size_t node_;
  const int slot_;
};

}  // namespace imagemill
