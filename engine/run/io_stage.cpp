#include "engine/run/io_stage.h"

#include "engine/base/exception_guard.h"
#include "engine/base/thread.h"

namespace imagemill {

IoStage::IoStage(int first_slot, Work work, Failed failed)
    : first_slot_(first_slot), work_(std::move(work)), failed_(std::move(failed)) {}

IoStage::~IoStage() { close(); }

Result<void> IoStage::start(int threads) {
  threads_.reserve(static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i) {
    auto thread = start_thread([this, slot = first_slot_ + i] { loop(slot); },
                               [this](const Error& error) { failed_(error); });
    if (!thread) return tl::make_unexpected(std::move(thread.error()));
    threads_.push_back(std::move(*thread));
  }
  return {};
}

void IoStage::close() {
  {
    const MutexLock lock(mutex_);
    closed_ = true;
  }
  filled_.notify_all();
}

void IoStage::push(Packet packet) {
  {
    const MutexLock lock(mutex_);
    queue_.push_back(std::move(packet));
  }
  filled_.notify_one();
}

void IoStage::loop(int slot) {
  MutexLock lock(mutex_);
  while (true) {
    filled_.wait(lock.waiting(),
                 [&]() IMAGEMILL_REQUIRES(mutex_) { return closed_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Packet packet = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    const auto done = guarded([&] { work_(std::move(packet), slot); });
    if (!done) failed_(done.error());
    lock.lock();
  }
}

}  // namespace imagemill
