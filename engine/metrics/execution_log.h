// A log of every execution of a run, one record each, from which profiles are made.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/anonymous_file.h"
#include "engine/base/mutex.h"
#include "engine/base/string_spool.h"
#include "engine/node/item.h"
#include "engine/node/memory_budget.h"

namespace imagemill {

// One execution, or one wait of a source. Times are now_ns().
struct Visit {
  enum class Kind : std::uint8_t {
    work,       // an execution of a node, or the source's load of an item
    probe,      // the source's probe of an entry
    setup,      // making scratch
    piece,      // a share of another thread's execution, taken by an idle worker
    admission,  // a wait: ready when the item was planned, begun at its turn, ended with its lease
  };

  std::uint64_t item = 0;     // the item's place in the source's order
  std::uint32_t part = 0;     // number of the packet
  std::uint16_t node = 0;     // index in Graph::nodes()
  std::uint16_t slot = 0;     // the executor's slot, which has at most one execution at a time
  std::int64_t ready_ns = 0;  // earliest possible start
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::int64_t cpu_ns = kNotRead;  // CPU time of the thread from start to end
  std::int64_t partner_ns = 0;     // at a join: from the first input to the last
  std::uint64_t bytes_in = 0;      // payloads in memory; at an admission, the lease
  std::uint64_t bytes_out = 0;     // payloads in memory
  std::uint64_t pixels_in = 0;     // as planned; at the source, the whole image
  std::uint64_t pixels_out = 0;    // as planned
  Kind kind = Kind::work;
  Outcome mark = Outcome::ok;          // outcome of the execution
  Shortage shortage = Shortage::none;  // what an admission waited for
  bool alone = false;                  // ran in a phase at one worker (solo_calibration.h)

  static constexpr std::int64_t kNotRead = -1;
};

// The items' keys, kept on disk, to name items when visits are shown to a person. 8 bytes of memory
// an item.
class ItemKeys {
 public:
  void add(std::uint64_t item, std::string_view key);
  // The item's key; nullopt if the item is unknown or its key could not be written.
  std::optional<std::string> find(std::uint64_t item);

 private:
  StringSpool log_;
  std::vector<std::uint64_t> places_;
};

// Collects records in a temporary file without a name. Up to 4,096 records for each slot wait in
// memory, fewer if there are many slots. add() is safe from many threads as long as each has its
// own slot. It costs a few nanoseconds, and some ten microseconds for one record in 4,096.
class ExecutionLog {
 public:
  explicit ExecutionLog(std::size_t slots);

  void add(const Visit& visit);
  // Notes the key of an item. Thread-safe.
  void name(std::uint64_t item, std::string_view key);

  // All records, sorted by start, except the lost() ones. Call once, after the last add(). Memory:
  // 112 bytes a record.
  std::vector<Visit> take();
  // The keys of all items that were named. Call once, after the last name().
  ItemKeys take_keys();
  // Number of records that could not be written.
  std::uint64_t lost() const;

 private:
  void write(std::vector<Visit>& visits);

  const std::size_t held_;  // records that a slot holds before they are written
  std::vector<std::vector<Visit>> slots_;
  mutable Mutex mutex_;
  AnonymousFile file_ IMAGEMILL_GUARDED_BY(mutex_);
  bool full_ IMAGEMILL_GUARDED_BY(mutex_) = false;
  std::uint64_t written_ IMAGEMILL_GUARDED_BY(mutex_) = 0;
  std::uint64_t lost_ IMAGEMILL_GUARDED_BY(mutex_) = 0;
  ItemKeys keys_ IMAGEMILL_GUARDED_BY(mutex_);
};

}  // namespace imagemill
