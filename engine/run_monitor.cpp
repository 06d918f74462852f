#include "engine/run_monitor.h"

#include <chrono>

#include "engine/statistics.h"
#include "engine/thread.h"
#include "engine/value.h"

namespace imagemill {

Error timeout_error(std::int64_t limit_ns) {
  return {"timeout",
          "it took longer than item_timeout (" + TextValue<Duration>::format({limit_ns}) + ")"};
}

RunMonitor::Busy::Busy(RunMonitor& monitor, int slot, Work work)
    : monitor_(monitor), slot_(static_cast<std::size_t>(slot)) {
  Slot& place = monitor_.slots_[slot_];
  const std::lock_guard lock(place.mutex);
  place.work = std::move(work);
}

RunMonitor::Busy::~Busy() {
  Slot& place = monitor_.slots_[slot_];
  // Outside of the lock: it may be the last that holds the item.
  std::shared_ptr<Item> item;
  const std::lock_guard lock(place.mutex);
  item.swap(place.work.item);
  place.work.since_ns = 0;
}

Result<void> RunMonitor::watch(std::stop_token stop, OnStuck on_stuck) {
  auto started = start_thread([this, stop = std::move(stop), on_stuck = std::move(on_stuck)](
                                  const std::stop_token& ends) { loop(ends, stop, on_stuck); });
  if (!started) return tl::make_unexpected(std::move(started.error()));
  thread_ = std::move(*started);
  return {};
}

void RunMonitor::loop(const std::stop_token& ends, const std::stop_token& stop,
                      const OnStuck& on_stuck) {
  constexpr std::chrono::milliseconds kOften(50);
  constexpr std::chrono::milliseconds kSeldom(100);  // should it sleep through the stop
  const std::stop_callback wake(stop, [this] { changed_.notify_all(); });
  std::int64_t stopped_ns = 0;
  std::unique_lock lock(mutex_);
  while (!ends.stop_requested()) {
    const auto ended = [&] { return ends.stop_requested(); };
    if (limits_.item_ns == 0 && !stop.stop_requested()) {
      changed_.wait_for(lock, ends, kSeldom, [&] { return stop.stop_requested(); });
    } else {
      changed_.wait_for(lock, ends, kOften, ended);
    }
    if (ends.stop_requested()) return;
    const std::int64_t now = now_ns();
    if (stop.stop_requested() && stopped_ns == 0) stopped_ns = now;
    const bool stopping = stopped_ns != 0 && now - stopped_ns >= limits_.stop_ns;
    if (!stopping && limits_.item_ns == 0) continue;
    const std::vector<Work> found = stuck(stopping, now);
    if (!found.empty()) on_stuck(found, stopping);
  }
}

std::vector<RunMonitor::Work> RunMonitor::stuck(bool stopping, std::int64_t now) {
  std::vector<Work> found;
  for (Slot& slot : slots_) {
    const std::lock_guard lock(slot.mutex);
    const Work& work = slot.work;
    if (work.since_ns == 0) continue;
    const bool late = work.on != Work::On::listing && now - work.since_ns >= limits_.item_ns;
    if (stopping || late) found.push_back(work);
  }
  return found;
}

}  // namespace imagemill
