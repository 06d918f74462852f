// Every execution of a run, one record each: what a profile is made of.
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
    work,       // an execution of a node; of the source: reading
    probe,      // of the source: looking at a header
    setup,      // making scratch
    piece,      // a share of another thread's execution, taken by an idle worker
    admission,  // of an item: ready when it was planned, begun at its turn, ended with its lease
  };

  std::uint64_t item = 0;     // its place in the source's order
  std::uint32_t part = 0;     // number of the packet
  std::uint16_t node = 0;     // of the graph
  std::uint16_t slot = 0;     // of the executor: at most one execution at a time
  std::int64_t ready_ns = 0;  // when it could have begun
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::int64_t cpu_ns = kNotRead;  // of its thread, meanwhile
  std::int64_t partner_ns = 0;   // of a join: from its first input to the last, which made it ready
  std::uint64_t bytes_in = 0;    // of payloads in memory; of an admission, of the lease
  std::uint64_t bytes_out = 0;   // likewise
  std::uint64_t pixels_in = 0;   // of the source: of the whole image
  std::uint64_t pixels_out = 0;  // as planned
  Kind kind = Kind::work;
  Outcome mark = Outcome::ok;          // what became of it
  Shortage shortage = Shortage::none;  // of an admission: what it waited for
  bool alone = false;                  // of a worker, in a phase at one worker (solo_phases.h)

  static constexpr std::int64_t kNotRead = -1;
};

// The items' keys, on the disk, for whoever shows visits to a person. 8 bytes an item in memory.
class ItemKeys {
 public:
  void add(std::uint64_t item, std::string_view key);
  // Nothing where the item is not known, or its key could not be written.
  std::optional<std::string> find(std::uint64_t item);

 private:
  KeyLog log_;
  std::vector<std::uint64_t> places_;
};

// Records wait in memory, 4,096 for each slot or fewer of many slots, and go to a temporary file
// without a name. add() is safe from many threads as long as each has its own slot; a few
// nanoseconds, and some ten microseconds for one in 4,096.
class VisitLog {
 public:
  explicit VisitLog(std::size_t slots);

  void add(const Visit& visit);
  // Thread-safe.
  void name(std::uint64_t item, std::string_view key);

  // All of them, by the time at which they began. Call once, when nobody adds any more. Nothing is
  // left out unless lost() says so. Memory: 112 bytes a record.
  std::vector<Visit> take();
  // Call once, when nobody names an item any more.
  ItemKeys take_keys();
  // How many could not be written.
  std::uint64_t lost() const;

 private:
  void write(std::vector<Visit>& visits);

  const std::size_t held_;  // by a slot, before they are written
  std::vector<std::vector<Visit>> slots_;
  mutable Mutex mutex_;
  TemporaryFile file_ IMAGEMILL_GUARDED_BY(mutex_);
  bool full_ IMAGEMILL_GUARDED_BY(mutex_) = false;
  std::uint64_t written_ IMAGEMILL_GUARDED_BY(mutex_) = 0;
  std::uint64_t lost_ IMAGEMILL_GUARDED_BY(mutex_) = 0;
  ItemKeys keys_ IMAGEMILL_GUARDED_BY(mutex_);
};

}  // namespace imagemill
