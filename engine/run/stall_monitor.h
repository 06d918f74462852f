// What every thread of a run is working on, and since when: so that a run can end although a thread
// does not come back. Internal to the engine.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/mutex.h"
#include "engine/metrics/run_report.h"
#include "engine/node/item.h"

namespace imagemill {

// Of an item that nodes have worked on for longer than that.
Error timeout_error(std::int64_t limit_ns);

// A thread that is stuck in the kernel (a network that is gone, a device that does not answer) asks
// nobody and cannot be ended. Its item is given up; when nothing else is left to do, so is the run.
// Thread-safe.
class RunMonitor {
 public:
  // What a thread works on: an item, an entry that is none yet, or what comes before: opening the
  // nodes and listing the source, which may take any time.
  struct Work {
    enum class On { item, entry, listing } on = On::item;
    std::shared_ptr<Item> item = nullptr;
    std::string key = {};  // of an entry
    std::size_t node = 0;
    std::int64_t since_ns = 0;
  };
  struct Limits {
    std::int64_t item_ns = 0;  // that work may take before it is stuck; 0: for ever
    std::int64_t stop_ns = 0;  // … once the run is to stop
  };
  // From the monitor's own thread, of work that is stuck; `stopping`: because the run is to stop.
  // Again and again, as long as it is.
  using OnStuck = std::function<void(const std::vector<Work>& stuck, bool stopping)>;

  // Until work that was asked to end is taken for stuck; until a run that is to stop goes without
  // it.
  static constexpr std::int64_t kGraceNs = 500'000'000;
  static constexpr std::int64_t kStopGraceNs = 1'500'000'000;

  static Work listing() { return {.on = Work::On::listing, .since_ns = now_ns()}; }

  // The last slot is the listing's.
  RunMonitor(int slots, Limits limits)
      : limits_(limits), slots_(static_cast<std::size_t>(slots) + 1) {}
  int listing_slot() const { return static_cast<int>(slots_.size()) - 1; }
  // Looks until it is destroyed: from time to time, where work has a limit, and once `stop` has
  // been requested. What a look throws, on_stuck included, goes to `failed`, which does not throw;
  // it looks again all the same.
  Result<void> watch(std::stop_token stop, OnStuck on_stuck,
                     std::function<void(const Error&)> failed);

  // Says that a slot works on something, as long as it lives.
  class Busy {
   public:
    Busy(RunMonitor& monitor, int slot, Work work);
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;
    ~Busy();

   private:
    RunMonitor& monitor_;
    const std::size_t slot_;
  };

 private:
  struct Slot {
    Mutex mutex;
    Work work IMAGEMILL_GUARDED_BY(mutex);  // since_ns 0: none
  };
  void loop(const std::stop_token& ends);
  void look(std::int64_t now);
  std::vector<Work> stuck(bool stopping, std::int64_t now);

  const Limits limits_;
  std::vector<Slot> slots_;
  std::stop_token stop_;
  OnStuck on_stuck_;
  std::function<void(const Error&)> failed_;
  std::int64_t stopped_ns_ = 0;  // when it saw the stop; 0: not yet
  Mutex mutex_;                  // guards nothing: what is waited for are stop tokens
  std::condition_variable_any changed_;
  std::jthread thread_;
};

}  // namespace imagemill
