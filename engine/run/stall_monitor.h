// Detection of stalls: what every thread of a run works on, and since when. With it a run can end
// although a thread never returns from a call. Internal to the engine.
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

// The error of an item whose nodes have worked longer than `limit_ns`.
Error timeout_error(std::int64_t limit_ns);

// Finds threads that are stuck. A thread that waits in the kernel, as for a lost network, never
// asks for cancellation and cannot be ended. Its item is given up; when no other work is left, the
// run is given up too, as is a stopped run that no thread works on. Thread-safe.
class StallMonitor {
 public:
  // What a thread works on: an item, the probe of an entry, or the listing. The listing includes
  // opening the nodes; it has no time limit.
  struct Work {
    enum class On { item, entry, listing } on = On::item;
    std::shared_ptr<Item> item = nullptr;
    std::string key = {};  // the entry's; empty unless `on` is entry
    std::size_t node = 0;
    std::int64_t since_ns = 0;
  };
  struct Limits {
    std::int64_t item_ns = 0;  // work on an item or entry is stuck after this time; 0: no limit
    std::int64_t stop_ns = 0;  // any work is stuck this long after a stop was requested
  };
  // Called on the monitor's own thread, again and again, as long as any work is stuck. `stopping`:
  // the run is stopping and stop_ns has passed. `stuck` is empty if the run then neither works nor
  // ends, as when oneTBB has lost a task without memory for it.
  using OnStuck = std::function<void(const std::vector<Work>& stuck, bool stopping)>;

  // Time from the request to end until work counts as stuck.
  static constexpr std::int64_t kGraceNs = 500'000'000;
  // Time from the stop of a run until it ends without the work that is left.
  static constexpr std::int64_t kStopGraceNs = 1'500'000'000;

  // How many looks in a row find no work in a stopping run before it counts as lost: 3.5 s. They
  // are counted, since a process that was suspended has done nothing for long and yet goes on.
  static constexpr int kLostLooks = 70;

  static Work listing() { return {.on = Work::On::listing, .since_ns = now_ns()}; }

  // `slots`: how many the threads have. The monitor adds one more, the last, for the listing.
  StallMonitor(int slots, Limits limits)
      : limits_(limits), slots_(static_cast<std::size_t>(slots) + 1) {}
  int listing_slot() const { return static_cast<int>(slots_.size()) - 1; }
  // Starts the monitor's thread, which runs until the monitor is destroyed. It looks for stuck work
  // every 50 ms if items have a limit or `stop` has been requested. What a look throws, on_stuck
  // included, goes to `failed`, which does not throw; the thread goes on.
  Result<void> watch(std::stop_token stop, OnStuck on_stuck,
                     std::function<void(const Error&)> failed);

  // Registers the work of a slot for the lifetime of this object.
  class Busy {
   public:
    Busy(StallMonitor& monitor, int slot, Work work);
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;
    ~Busy();

   private:
    StallMonitor& monitor_;
    const std::size_t slot_;
  };

 private:
  struct Slot {
    Mutex mutex;
    Work work IMAGEMILL_GUARDED_BY(mutex);  // since_ns 0: the slot is idle
  };
  void loop(const std::stop_token& ends);
  void look(std::int64_t now);
  std::vector<Work> stuck(bool stopping, std::int64_t now);

  const Limits limits_;
  std::vector<Slot> slots_;
  std::stop_token stop_;
  OnStuck on_stuck_;
  std::function<void(const Error&)> failed_;
  std::int64_t stopped_ns_ = 0;  // when the thread saw the stop; 0: not yet
  int idle_looks_ = 0;           // looks in a row that found no work although the run is stopping
  Mutex mutex_;                  // guards no data: the thread waits for stop tokens
  std::condition_variable_any changed_;
  std::jthread thread_;
};

}  // namespace imagemill
