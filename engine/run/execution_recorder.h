// Records every execution of a run as it ends, for runs with Visits::recorded. Internal to the
// engine.
#pragma once

#include <optional>

#include "engine/metrics/execution_log.h"
#include "engine/metrics/solo_calibration.h"
#include "engine/node/parallel.h"
#include "engine/run/admission.h"
#include "engine/run/executor.h"

namespace imagemill {

// Collects the records of a run's executions. Thread-safe, apart from finish(), as long as each
// slot (per_slot.h) has one caller at a time.
class ExecutionRecorder {
 public:
  ExecutionRecorder(const Graph& graph, const RunOptions& options, int workers, int slots);

  // Notes the key of an item, for RunResult::keys.
  void name(const Item& item) { log_.name(item.info().index, item.info().key); }
  // Fills in the record's item, node, part, slot and pixel counts, and keeps the record. Does
  // nothing if the record has no end (end_ns 0).
  void add(Visit visit, const Item& item, std::size_t node, std::size_t part, int slot);
  // Records the probe of an ignored entry.
  void add_ignored(const Admission::Admitted& ignored, int slot);

  // The turn that an execution of `node` holds while it runs; waits for it. Returns nullopt if the
  // run has no phases at one worker, and for nodes with threads of their own.
  std::optional<SoloCalibration::Turn> take_turn(const GraphNode& node);

  // Moves the records to `result`. Call once, after the last add().
  void finish(RunResult& result);

 private:
  ExecutionLog log_;
  std::optional<SoloCalibration> solo_;
};

// Splits an execution like `parallel`, and records each piece that another worker runs.
class RecordedPieces final : public Parallel {
 public:
  // The arguments outlive this object.
  RecordedPieces(ExecutionRecorder& recorder, const Parallel& parallel, const Packet& packet,
                 std::size_t node, int slot)
      : recorder_(recorder), parallel_(parallel), packet_(packet), node_(node), slot_(slot) {}

  void run(int count, const std::function<void(int)>& piece) const override;

 private:
  ExecutionRecorder& recorder_;
  const Parallel& parallel_;
  const Packet& packet_;
  const std::size_t node_;
  const int slot_;
};

}  // namespace imagemill
