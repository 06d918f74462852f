// From the source to an admitted item: listed ahead, probed, planned, admitted in its turn.
// Internal to the engine.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "engine/executor.h"
#include "engine/key_log.h"
#include "engine/ledger.h"
#include "engine/memory_budget.h"
#include "engine/path_claims.h"
#include "engine/resident_memory.h"
#include "engine/rivals.h"
#include "engine/run_monitor.h"
#include "engine/tally.h"

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

  // How many items there can be between next() and ended().
  enum class Flight { one_item, many_items };
  Intake(const Graph& graph, const RunOptions& options, Tally& tally, int workers, Flight flight);

  // Opens the source's listing and lists ahead on a thread of its own, until `stop`. Requires: the
  // graph's nodes are open. `ledger`: says what need not be done; null: nothing.
  // `monitor`: is told what is looked at; may be null. `folding`: of the output folder.
  Result<void> begin(std::stop_token stop, const NameFolding& folding, Ledger* ledger,
                     RunMonitor* monitor);

  // The next item of the source, with its paths claimed and its memory leased: here it waits for
  // that, and only here. Nothing when the source is exhausted or the run is stopping. Items are
  // admitted, and output paths claimed, in the source's order, whatever threads call this. Probing
  // is timed in `shard`, which is the caller's own.
  std::optional<Admitted> next(StageShard& shard, int slot);

  // Call once an item has ended.
  void ended(const Item& item);

  // Of all items. Thread-safe, as is whether the source has nothing more.
  std::uint64_t admitted() const { return admitted_; }
  bool is_exhausted();
  // Of all items. Call after every item has ended.
  PathClaims& claims() { return claims_; }
  // Waits for the end of the listing.
  void join() { lister_.join(); }
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
  const Flight flight_;
  MemoryBudget budget_;
  std::stop_token stop_;
  Ledger* ledger_ = nullptr;
  RunMonitor* monitor_ = nullptr;

  std::optional<ResidentMemory> resident_;  // only where one item is in flight at a time
  std::uint64_t resident_at_start_ = 0;

  std::unique_ptr<Cursor> cursor_;  // the lister's
  std::mutex source_mutex_;         // guards the next four
  std::condition_variable_any source_moved_;
  std::deque<Listed> ahead_;  // and not yet taken
  bool exhausted_ = false;    // nothing more will be listed
  std::uint64_t next_turn_ = 0;

  std::mutex turn_mutex_;
  std::condition_variable_any turn_passed_;
  std::uint64_t turn_ = 0;  // of whoever may be admitted
  std::atomic<std::uint64_t> admitted_ = 0;
  PathClaims claims_;             // of whoever has the turn
  std::optional<Rivals> rivals_;  // likewise; of a shard
  KeyLog claimants_;              // likewise: the keys of the items that have claims
  std::map<std::string, FormatMemory, std::less<>> formats_;  // likewise
  std::int64_t admission_wait_ns_ = 0;                        // likewise

  std::jthread lister_;  // the first to go
};

}  // namespace imagemill
