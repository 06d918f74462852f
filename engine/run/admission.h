// From the source to an admitted item: listed ahead, probed, planned, admitted in its turn.
// Internal to the engine.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/mutex.h"
#include "engine/base/string_spool.h"
#include "engine/graph/schedule.h"
#include "engine/metrics/resident_memory.h"
#include "engine/metrics/stage_counters.h"
#include "engine/node/memory_budget.h"
#include "engine/resume/resume_plan.h"
#include "engine/run/executor.h"
#include "engine/run/outcome_counter.h"
#include "engine/run/stall_monitor.h"
#include "engine/source/output_claims.h"
#include "engine/source/shard_claims.h"

namespace imagemill {

// Thread-safe, apart from begin() and finish().
class Intake {
 public:
  struct Admitted {
    std::uint64_t index = 0;                      // place in the source's order
    std::shared_ptr<Item> item;                   // null for what was looked at and is none
    std::optional<Candidate<Payload>> candidate;  // to be loaded; none where the item has failed
    std::optional<Error> error;                   // why it has failed
    Visit probe;
    Visit admission;
  };

  // `schedule` outlives it.
  Intake(const Graph& graph, const RunOptions& options, Tally& tally, const Schedule& schedule);

  // The run that items are taken in for. What it points to outlives the intake.
  struct Run {
    std::stop_token stop;
    NameFolding folding = {};                  // of the output folder
    Ledger* ledger = nullptr;                  // says what need not be done; null: nothing
    RunMonitor* monitor = nullptr;             // is told what is looked at; may be null
    Item::Owner* owner = nullptr;              // of the items
    std::function<void(const Error&)> failed;  // what the lister's thread throws
  };
  // Opens the source's listing and lists ahead on a thread of its own, until `run.stop`. Requires:
  // the graph's nodes are open.
  Result<void> begin(Run run);

  // The next item of the source, with its paths claimed and its memory leased: here it waits for
  // that, and only here. Nothing when the source is exhausted or the run is stopping. Items are
  // admitted, and output paths claimed, in the source's order, whatever threads call this. Probing
  // is timed in `counters`, which are the caller's own. Where it throws, no item is admitted, and
  // none after it: the run must be stopped.
  std::optional<Admitted> next(StageCounters& counters, int slot);

  // Call once an item has ended.
  void ended(const Item& item) noexcept;

  // Of all items. Thread-safe, as are the next two.
  std::uint64_t admitted() const { return admitted_; }
  // Whether the source has nothing more, and all that it had is admitted or no item.
  bool is_exhausted();
  // Whether the next item to be admitted waits for its memory, or is just being given it.
  bool waits_for_memory() const { return waits_for_memory_; }
  // Of all items. Call after every item has ended.
  PathClaims& claims() { return claims_; }
  // Waits for the end of the listing.
  void join() {
    if (lister_.joinable()) lister_.join();
  }
  // Call once, after that. Fills in what was measured here; throws std::logic_error
  // where memory is still leased.
  void finish(RunReport& report);

 private:
  struct Probe {
    std::optional<Error> error;
    std::optional<Candidate<Payload>> candidate;
    std::optional<Ledger::Settled> settled = {};
    Visit visit = {};

    bool is_item() const { return error || candidate || settled; }
  };

  struct Listed {
    std::uint64_t index = 0;  // place in the source's order
    Entry entry;
  };
  // One that is looked at.
  struct Taken {
    std::uint64_t turn = 0;
    Listed listed;
  };

  void list();
  bool takes(const Entry& entry) const;
  std::optional<Taken> next_entry();
  Probe probe(std::uint64_t index, const std::string& key) const;
  std::shared_ptr<Item> admit(Taken& taken, Probe& probe, Visit& visit);
  std::optional<Error> claim_paths(Item& item);
  bool await_turn(std::uint64_t turn);
  void pass_turn();

  const Graph& graph_;
  const RunOptions& options_;
  Tally& tally_;
  const Schedule& schedule_;
  MemoryBudget budget_;
  Run run_;

  std::unique_ptr<Cursor> cursor_;  // the lister's
  Mutex source_mutex_;
  std::condition_variable_any source_moved_;
  std::deque<Listed> ahead_ IMAGEMILL_GUARDED_BY(source_mutex_);  // and not yet taken
  bool exhausted_ IMAGEMILL_GUARDED_BY(source_mutex_) = false;    // nothing more will be listed
  std::uint64_t next_turn_ IMAGEMILL_GUARDED_BY(source_mutex_) = 0;

  Mutex turn_mutex_;
  std::condition_variable_any turn_passed_;
  // Of whoever may be admitted.
  std::uint64_t turn_ IMAGEMILL_GUARDED_BY(turn_mutex_) = 0;
  std::atomic<std::uint64_t> admitted_ = 0;
  std::atomic<bool> waits_for_memory_ = false;  // whoever has the turn
  PathClaims claims_;                           // of whoever has the turn
  std::optional<Rivals> rivals_;                // likewise; of a shard
  KeyLog claimants_;                            // likewise: the keys of the items that have claims
  std::int64_t admission_wait_ns_ = 0;          // likewise

  // Whoever has the turn, and whoever ends an item, the monitor among them.
  Mutex formats_mutex_;
  std::map<std::string, FormatMemory, std::less<>> formats_ IMAGEMILL_GUARDED_BY(formats_mutex_);
  // Only where one item is in flight at a time.
  std::optional<ResidentMemory> resident_ IMAGEMILL_GUARDED_BY(formats_mutex_);
  std::uint64_t resident_at_start_ IMAGEMILL_GUARDED_BY(formats_mutex_) = 0;

  std::jthread lister_;  // the first to go
};

}  // namespace imagemill
