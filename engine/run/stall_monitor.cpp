#include "engine/run/stall_monitor.h"

#include <chrono>

#include "engine/base/clock.h"
#include "engine/base/exception_guard.h"
#include "engine/base/thread.h"
#include "engine/base/value.h"
#include "engine/metrics/run_report.h"

namespace imagemill {

Error timeout_error(std::int64_t limit_ns) {
  return {"timeout",
          "it took longer than item_timeout (" + TextValue<Duration>::format({limit_ns}) + ")"};
}

StallMonitor::Busy::Busy(StallMonitor& monitor, int slot, Work work)
    : monitor_(monitor), slot_(static_cast<std::size_t>(slot)) {
  Slot& place = monitor_.slots_[slot_];
  const MutexLock lock(place.mutex);
  place.work = std::move(work);
}

StallMonitor::Busy::~Busy() {
  Slot& place = monitor_.slots_[slot_];
  // Destroyed after the lock: this may be the last reference to the item.
  std::shared_ptr<Item> item;
  const MutexLock lock(place.mutex);
  item.swap(place.work.item);
  place.work.since_ns = 0;
}

Result<void> StallMonitor::watch(std::stop_token stop, OnStuck on_stuck,
                                 std::function<void(const Error&)> failed) {
  stop_ = std::move(stop);
  on_stuck_ = std::move(on_stuck);
  failed_ = std::move(failed);
  auto started = start_thread([this](const std::stop_token& ends) { loop(ends); }, failed_);
  if (!started) return tl::make_unexpected(std::move(started.error()));
  thread_ = std::move(*started);
  return {};
}

void StallMonitor::loop(const std::stop_token& ends) {
  constexpr std::chrono::milliseconds kOften(50);
  constexpr std::chrono::milliseconds kSeldom(100);  // in case the thread misses the stop
  const std::stop_callback wake(stop_, [this] { changed_.notify_all(); });
  while (!ends.stop_requested()) {
    {
      MutexLock lock(mutex_);
      const auto ended = [&] { return ends.stop_requested(); };
      if (limits_.item_ns == 0 && !stop_.stop_requested()) {
        changed_.wait_for(lock.waiting(), ends, kSeldom, [&] { return stop_.stop_requested(); });
      } else {
        changed_.wait_for(lock.waiting(), ends, kOften, ended);
      }
    }
    if (ends.stop_requested()) return;
    const auto looked = guarded([&] { look(now_ns()); });
    if (!looked) failed_(looked.error());
  }
}

void StallMonitor::look(std::int64_t now) {
  if (stop_.stop_requested() && stopped_ns_ == 0) stopped_ns_ = now;
  const bool stopping = stopped_ns_ != 0 && now - stopped_ns_ >= limits_.stop_ns;
  if (!stopping && limits_.item_ns == 0) return;
  const std::vector<Work> found = stuck(stopping, now);
  idle_looks_ = stopping && found.empty() ? idle_looks_ + 1 : 0;
  if (!found.empty() || idle_looks_ >= kLostLooks) on_stuck_(found, stopping);
}

std::vector<StallMonitor::Work> StallMonitor::stuck(bool stopping, std::int64_t now) {
  std::vector<Work> found;
  for (Slot& slot : slots_) {
    const MutexLock lock(slot.mutex);
    if (slot.work.since_ns == 0) continue;
    const bool late =
        slot.work.on != Work::On::listing && now - slot.work.since_ns >= limits_.item_ns;
    if (stopping || late) found.push_back(slot.work);
  }
  return found;
}

}  // namespace imagemill
