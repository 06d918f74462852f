// Running a graph.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/files/environment.h"
#include "engine/graph/graph.h"
#include "engine/metrics/execution_log.h"
#include "engine/metrics/run_report.h"
#include "engine/metrics/solo_calibration.h"
#include "engine/source/shard.h"

namespace imagemill {

class Journal;
class RunWatch;

enum class OnError {
  skip,  // a failed item is counted and recorded, the others go on
  stop,  // the first failed item stops the run
};

// How many items may fail before a run stops: it does when there are more.
struct FailureLimit {
  // A share is one of the items that have ended, those left out that an earlier run had dealt with;
  // of kLeastEnded at least: the first one that fails is not all there is.
  static constexpr std::uint64_t kLeastEnded = 100;
  std::optional<std::uint64_t> count = {};
  std::optional<double> share = {};

  bool exceeded(const ItemCounts& counts) const;
  friend bool operator==(const FailureLimit&, const FailureLimit&) = default;
};

// Which items a run with a journal does.
enum class Redo {
  everything,         // as if nothing had been done
  undone,             // what the journal does not call done; files are told by size and time
  undone_by_content,  // likewise, by their content: all of them are read
  failed,             // those that have failed, and no others
};

// What becomes of outputs that an earlier run has made of an item and this one does not.
enum class Former { kept, removed };

enum class ItemMemory { estimated, measured };

enum class Visits { counted, recorded };

enum class Calibration { none, solo_phases };

struct RunResult;

struct RunOptions {
  Environment environment;
  int workers = 0;  // CPU workers; 0: as many as available_cpus()
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;
  OnError on_error = OnError::skip;
  FailureLimit max_failures;
  // Which entries of the source are looked at, by their keys; none: all. Called from one thread.
  std::function<bool(const std::string& key)> takes = nullptr;
  // The part of the source's entries that is run, where that is not all.
  std::optional<ShardOfListing> part = {};
  // Where to write down what has been done, and what of it need not be done again; null: nowhere.
  // Must outlive the run.
  Journal* journal = nullptr;
  Redo redo = Redo::everything;
  Former former = Former::kept;
  // For how long nodes may work on an item; 0: for ever. Work is asked to end then (timeout), and
  // an item that is stuck half a second later is reported, whatever becomes of it.
  std::int64_t item_timeout_ns = 0;
  // A run that has to end although a thread is stuck calls this, from a thread of its own, with
  // what it came to; the executor's run() may never return. Where it is null, the run waits.
  // Requires: it does not return before the process ends, or the thread has come back.
  std::function<void(RunResult)> abandoned = nullptr;
  std::string made_by = {};  // the versions of all that decides about the bytes of an output
  std::stop_token stop;  // requested: no item is admitted any more, those in flight are cancelled
  // Measures what each item really holds in memory, where items follow one another, as in the
  // serial executor. It sets the process's own record of its peak back. Some 20 µs an item.
  ItemMemory item_memory = ItemMemory::estimated;
  // Keeps a record of every execution, for RunResult::visits.
  Visits visits = Visits::counted;
  // Short phases at one worker among a run at many (solo_phases.h), which cost up to a tenth of the
  // time. Only where visits are recorded.
  Calibration calibration = Calibration::none;
  // Where to say how far every node has come (run_watch.h); null: nowhere.
  RunWatch* watch = nullptr;
};

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
