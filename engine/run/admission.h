// The way from the source to an admitted item: listing ahead, probing, planning, admission in the
// source's order. Internal to the engine.
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

// Admits the items of a source, one after the other, each with its paths claimed and its memory
// leased. Thread-safe, apart from begin() and finish().
class Admission {
 public:
  struct Admitted {
    std::uint64_t index = 0;                      // place in the source's order
    std::shared_ptr<Item> item;                   // null for an ignored entry
    std::optional<Candidate<Payload>> candidate;  // to be loaded; nullopt if the item has failed
    std::optional<Error> error;                   // why the item has failed
    Visit probe;
    Visit admission;
  };

  // All four arguments outlive the admission.
  Admission(const Graph& graph, const RunOptions& options, OutcomeCounter& outcomes,
            const Schedule& schedule);

  // The run that items are admitted to. The objects that its pointers point to outlive the
  // admission.
  struct Run {
    std::stop_token stop;
    NameFolding folding = {};                  // the output folder's
    ResumePlan* resume_plan = nullptr;         // says which work is done already; null: none is
    StallMonitor* monitor = nullptr;           // told what the slots list and probe; may be null
    Item::Owner* owner = nullptr;              // the owner of every admitted item
    std::function<void(const Error&)> failed;  // called with what the lister thread throws
  };
  // Opens the source's listing and starts a thread that lists ahead, until `run.stop` is requested.
  // Requires: the graph's nodes are open.
  Result<void> begin(Run run);

  // The next item of the source, with its paths claimed and its memory leased. An item waits for
  // its memory here, and only here. Returns nullopt when the source is exhausted or the run is
  // stopping. Items are admitted, and output paths claimed, in the source's order, whatever threads
  // call this. The probe is timed in `counters`, which belong to the calling thread. If next()
  // throws, neither this item nor any later one is admitted: the caller must stop the run.
  std::optional<Admitted> next(StageCounters& counters, int slot);

  // Call when an item has ended, once for each item.
  void ended(const Item& item) noexcept;

  // Items admitted so far. Thread-safe.
  std::uint64_t admitted() const { return admitted_; }
  // Whether the listing is complete and every listed entry has been admitted or ignored.
  // Thread-safe.
  bool is_exhausted();
  // Whether the next item to be admitted waits for its memory or is just getting it. Thread-safe.
  bool waits_for_memory() const { return waits_for_memory_; }
  // The output paths that all items have claimed. Call after every item has ended.
  OutputClaims& claims() { return claims_; }
  // Waits until the lister thread has ended.
  void join() {
    if (lister_.joinable()) lister_.join();
  }
  // Adds the admission's measurements to `report`. Call once, after every item has ended. Throws
  // std::logic_error if memory is still leased.
  void finish(RunReport& report);

 private:
  // Result of a probe: at most one of `error`, `candidate` and `settled`; all three empty for an
  // ignored entry.
  struct Probe {
    std::optional<Error> error;
    std::optional<Candidate<Payload>> candidate;
    std::optional<ResumePlan::Settled> settled = {};
    Visit visit = {};

    bool is_item() const { return error || candidate || settled; }
  };

  struct Listed {
    std::uint64_t index = 0;  // place in the source's order
    Entry entry;
  };
  // A listed entry that a reader has taken, with its number in the order of admission.
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
  OutcomeCounter& outcomes_;
  const Schedule& schedule_;
  MemoryBudget budget_;
  Run run_;

  std::unique_ptr<Cursor> cursor_;  // used by the lister thread only
  Mutex source_mutex_;
  std::condition_variable_any source_moved_;
  std::deque<Listed> ahead_ IMAGEMILL_GUARDED_BY(source_mutex_);  // listed and not yet taken
  bool exhausted_ IMAGEMILL_GUARDED_BY(source_mutex_) = false;    // the listing is complete
  std::uint64_t next_turn_ IMAGEMILL_GUARDED_BY(source_mutex_) = 0;

  Mutex turn_mutex_;
  std::condition_variable_any turn_passed_;
  // Number of the entry that may be admitted now.
  std::uint64_t turn_ IMAGEMILL_GUARDED_BY(turn_mutex_) = 0;
  std::atomic<std::uint64_t> admitted_ = 0;
  std::atomic<bool> waits_for_memory_ = false;  // true while the entry in turn is given its memory

  // The next four members have no mutex: only the thread that has the turn uses them.
  OutputClaims claims_;
  std::optional<ShardClaims> rivals_;   // nullopt unless the run is of a shard
  StringSpool claimants_;               // keys of the items that have claims
  std::int64_t admission_wait_ns_ = 0;  // wait for memory, summed over all items

  // Taken by the thread that has the turn and by any thread that ends an item, such as the
  // monitor's.
  Mutex formats_mutex_;
  std::map<std::string, FormatMemory, std::less<>> formats_ IMAGEMILL_GUARDED_BY(formats_mutex_);
  // Set only if one item at a time is in flight (RunOptions::item_memory).
  std::optional<ResidentMemory> resident_ IMAGEMILL_GUARDED_BY(formats_mutex_);
  std::uint64_t resident_at_start_ IMAGEMILL_GUARDED_BY(formats_mutex_) = 0;

  std::jthread lister_;  // last, so that it is joined before the members that it uses are destroyed
};

}  // namespace imagemill
