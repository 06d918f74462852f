// A mutex with thread-safety annotations (thread_annotations.h), which libstdc++'s own lacks.
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

// Holds a mutex for its lifetime, except between unlock() and lock().
class IMAGEMILL_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) IMAGEMILL_ACQUIRES(mutex) : lock_(mutex.mutex_) {}
  ~MutexLock() IMAGEMILL_RELEASES() = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void lock() IMAGEMILL_ACQUIRES() { lock_.lock(); }
  void unlock() IMAGEMILL_RELEASES() { lock_.unlock(); }

  // The lock that a condition variable waits with. The wait returns with the mutex held.
  std::unique_lock<std::mutex>& waiting() { return lock_; }

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace imagemill
