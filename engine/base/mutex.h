// A mutex that the compiler knows (thread_annotations.h): libstdc++'s own has no annotations.
#pragma once

#include <mutex>

#include "engine/base/thread_annotations.h"

namespace imagemill {

class IMAGEMILL_CAPABILITY("mutex") Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

// Holds a mutex as long as it lives, but for what lies between unlock() and lock().
class IMAGEMILL_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) IMAGEMILL_ACQUIRES(mutex) : lock_(mutex.mutex_) {}
  ~MutexLock() IMAGEMILL_RELEASES() = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void lock() IMAGEMILL_ACQUIRES() { lock_.lock(); }
  void unlock() IMAGEMILL_RELEASES() { lock_.unlock(); }

  // What a condition variable waits with. It comes back locked.
  std::unique_lock<std::mutex>& waiting() { return lock_; }

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace imagemill
