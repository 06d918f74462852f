// Executors, which run a graph over its source, and what a run results in.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/graph/graph.h"
#include "engine/metrics/execution_log.h"
#include "engine/metrics/run_report.h"
#include "engine/metrics/solo_calibration.h"
#include "engine/run/run_options.h"

namespace imagemill {

// Callbacks that a run makes while it goes on. They come from many threads, but never two at once.
// A callback holds up the run, so it should be short.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  // The source is listed to its end. `entries`: how many it has, an upper bound of the items.
  virtual void listed(std::uint64_t /*entries*/) {}
  // The probe of this entry has shown that it is no item.
  virtual void ignored(const std::string& /*key*/) {}
  // An item has ended: its outcome, errors and outputs are final.
  virtual void ended(const Item& /*item*/) {}
};

// Why a run ended.
enum class Ending {
  complete,  // every item of the source ended
  on_error,  // stopped by OnError::stop, or by the limit of failures
  outside,   // stopped by a cause outside the items (Scope::run)
  stopped,   // stopped by the stop token
};

struct RunResult {
  RunReport report;
  Ending ending = Ending::complete;
  std::string cause;          // why, for a person; empty unless the ending is outside or on_error
  std::int64_t begin_ns = 0;  // now_ns() when the graph was opened
  std::int64_t end_ns = 0;    // now_ns() when the last item had ended
  std::int64_t cpu_before_ns = 0;  // CPU time of the process, all threads, at begin_ns
  std::int64_t cpu_ns = 0;         // CPU time of the process, all threads, from begin_ns to end_ns
  std::vector<Visit> visits;       // sorted by start; empty unless Visits::recorded
  ItemKeys keys;                   // keys of the items in `visits`
  std::vector<SoloPhase> solo;     // phases at one worker; empty without Calibration::solo_phases
  std::uint64_t lost_visits = 0;   // records that could not be kept for lack of disk
};

// A way to run a graph. The bytes that are written do not depend on which one.
class Executor {
 public:
  virtual ~Executor() = default;
  // Runs the graph over its whole source, and returns when the last item has ended. An Error means
  // that no item was run: an input that can't be listed, an output folder that can't be written, a
  // node that can't be opened.
  virtual Result<RunResult> run(const Graph& graph, const RunOptions& options,
                                RunObserver& observer) = 0;
};

// A plain loop on the calling thread, without oneTBB: the baseline of every speed-up.
std::unique_ptr<Executor> make_serial_executor();

// A oneTBB flow graph: CPU nodes on `workers` workers (the calling thread is one of them), I/O
// nodes on threads of their own.
std::unique_ptr<Executor> make_flow_executor();

// Version of the oneTBB library that is loaded at run time.
std::string scheduler_version();

// CPUs that this process may use: its affinity mask, and the cgroup's quota rounded up. At least 1.
int available_cpus();

}  // namespace imagemill
