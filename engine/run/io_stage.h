// Threads for a node that waits for a device. Internal to the engine.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "engine/base/mutex.h"
#include "engine/base/result.h"
#include "engine/node/packet.h"

namespace imagemill {

// A queue, and threads that take packets from it. Thread-safe. The queue has no limit of its own,
// since admission bounds what is in flight. The destructor waits until the queue is empty.
class IoStage {
 public:
  using Work = std::function<void(Packet, int)>;
  using Failed = std::function<void(const Error&)>;

  // `work(packet, slot)` runs on the stage's threads, whose slots begin at `first_slot`. What
  // `work` throws goes to `failed`, which does not throw, and the thread goes on.
  IoStage(int first_slot, Work work, Failed failed);
  // Starts the threads. Error no_threads or out_of_memory if one of them can't be started.
  Result<void> start(int threads);
  ~IoStage();
  IoStage(const IoStage&) = delete;
  IoStage& operator=(const IoStage&) = delete;

  void push(Packet packet);

 private:
  void loop(int slot);
  void close();

  const int first_slot_;
  const Work work_;
  const Failed failed_;
  Mutex mutex_;
  std::condition_variable filled_;
  std::deque<Packet> queue_ IMAGEMILL_GUARDED_BY(mutex_);
  bool closed_ IMAGEMILL_GUARDED_BY(mutex_) = false;
  std::vector<std::jthread> threads_;
};

}  // namespace imagemill
