// Threads for a node that waits for a device. Internal to the engine.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/packet.h"

namespace imagemill {

// A queue, and threads that take from it. The queue has no limit of its own: what is in flight was
// bounded at admission. The destructor waits until the queue is empty.
class IoStage {
 public:
  // `work(packet, slot)` runs on `threads` threads, with slots from `first_slot` on. Throws
  // std::system_error where they can't be started.
  IoStage(int threads, int first_slot, std::function<void(Packet, int)> work);
  ~IoStage();
  IoStage(const IoStage&) = delete;
  IoStage& operator=(const IoStage&) = delete;

  void push(Packet packet);

 private:
  void loop(int slot);
  void close();

  std::function<void(Packet, int)> work_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<Packet> queue_;
  bool closed_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace imagemill
