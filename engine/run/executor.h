// Running a graph.
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

// Hears of the run while it goes on. Calls come from many threads, but never two at once; they hold
// up the run, so they should be short.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  // How many entries the source has, once all are listed: an upper bound of the items.
  virtual void listed(std::uint64_t /*entries*/) {}
  virtual void ignored(const std::string& /*key*/) {}
  // An item has ended: its outcome, errors and outputs are final.
  virtual void ended(const Item& /*item*/) {}
};

// Why a run ended.
enum class Ending {
  complete,  // every item of the source ended
  on_error,  // stopped by OnError::stop, or by the limit of failures
  outside,   // stopped by a cause outside the items (Scope::run)
  stopped,   // by the stop token
};

struct RunResult {
  RunReport report;
  Ending ending = Ending::complete;
  std::string cause;               // of Ending::outside and on_error, for a person
  std::int64_t begin_ns = 0;       // now_ns() when the graph was opened …
  std::int64_t end_ns = 0;         // … and when the last item had ended
  std::int64_t cpu_before_ns = 0;  // of the process, all threads, when the graph was opened …
  std::int64_t cpu_ns = 0;         // … and in between
  std::vector<Visit> visits;       // by the time at which they began; where they were recorded
  ItemKeys keys;                   // of their items
  std::vector<SoloPhase> solo;     // phases at one worker
  std::uint64_t lost_visits = 0;   // for which there was no disk
};

// How a graph is run. The bytes that are written do not depend on it.
class Executor {
 public:
  virtual ~Executor() = default;
  // Runs the graph over its whole source. An Error means that nothing was run: an input that can't
  // be listed, an output folder that can't be written, a node that can't be opened.
  virtual Result<RunResult> run(const Graph& graph, const RunOptions& options,
                                RunObserver& observer) = 0;
};

// A plain loop on the calling thread, without oneTBB: the baseline of every speed-up.
std::unique_ptr<Executor> make_serial_executor();

// A oneTBB flow graph: CPU nodes on `workers` workers (the calling thread is one of them), I/O
// nodes on threads of their own.
std::unique_ptr<Executor> make_flow_executor();

// Of oneTBB, as it is at run time.
std::string scheduler_version();

// CPUs that this process may use: its affinity mask, and the cgroup's quota rounded up. At least 1.
int available_cpus();

}  // namespace imagemill
