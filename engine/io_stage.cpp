#include "engine/io_stage.h"

namespace imagemill {

IoStage::IoStage(int threads, int first_slot, std::function<void(Packet, int)> work)
    : work_(std::move(work)) {
  try {
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this, slot = first_slot + i] { loop(slot); });
    }
  } catch (...) {
    close();
    throw;
  }
}

IoStage::~IoStage() { close(); }

void IoStage::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  filled_.notify_all();
}

void IoStage::push(Packet packet) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(packet));
  }
  filled_.notify_one();
}

void IoStage::loop(int slot) {
  std::unique_lock lock(mutex_);
  while (true) {
    filled_.wait(lock, [&] { return closed_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Packet packet = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work_(std::move(packet), slot);
    lock.lock();
  }
}

}  // namespace imagemill
