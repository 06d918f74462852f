// Short phases at one worker, interleaved with a run at many: how long an execution takes beside
// others can then be set against how long it takes alone, on the same items, in the same minutes.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <thread>
#include <vector>

#include "engine/base/mutex.h"

namespace imagemill {

struct SoloPhase {
  std::int64_t begin_ns = 0;  // from then on no second execution began beside another
  std::int64_t end_ns = 0;
};

// Every execution on a worker takes a turn. Between phases all turns are given at once. When a
// phase begins, the executions that run go on to their end, and after that there is one turn at a
// time: the other workers wait. A worker that comes back for another turn at once has it, so that
// it goes on with its item, in its caches, as a single worker would; one that does not makes room
// for another, so no run can stand still for a phase.
//
// A phase is as much work as passes an item through, or 5 ms of it. It is given up when
// those who wait have waited a ninth of the time since the last one: whatever an execution takes,
// phases take a tenth of the time at most. A run that is too short for that has none.
//
// Thread-safe. Two locks of a mutex an execution.
class SoloPhases {
 public:
  // `stages`: nodes whose executions take turns.
  explicit SoloPhases(int stages);

  class Turn {
   public:
    Turn(Turn&& other) noexcept;
    Turn& operator=(Turn&&) = delete;
    ~Turn();
    // Whether no other execution was beside this one when it began …
    bool began_alone() const { return phase_ > 0; }
    // … and none has begun since.
    bool alone() const;

   private:
    friend class SoloPhases;
    Turn(SoloPhases& phases, std::int64_t begin_ns, std::uint64_t phase)
        : phases_(&phases), begin_ns_(begin_ns), phase_(phase) {}
    SoloPhases* phases_;
    std::int64_t begin_ns_;
    std::uint64_t phase_;  // in which it is alone; 0: in none
  };
  // Waits for its turn.
  Turn take_turn();

  // Those that there were. Call once, when no turn is out.
  std::vector<SoloPhase> finish();

 private:
  void give_back(const Turn& turn);
  void wait_for_turn(MutexLock& lock) IMAGEMILL_REQUIRES(mutex_);
  void begin_if_due(std::int64_t now) IMAGEMILL_REQUIRES(mutex_);
  void end(std::int64_t now) IMAGEMILL_REQUIRES(mutex_);

  const int stages_;
  mutable Mutex mutex_;
  std::condition_variable freed_;
  int out_ IMAGEMILL_GUARDED_BY(mutex_) = 0;  // turns
  bool in_phase_ IMAGEMILL_GUARDED_BY(mutex_) = false;
  bool somebody_looks_ IMAGEMILL_GUARDED_BY(mutex_) = false;
  std::int64_t free_since_ IMAGEMILL_GUARDED_BY(mutex_) = 0;
  std::thread::id last_ IMAGEMILL_GUARDED_BY(mutex_);       // who had a turn
  double left_ns_ IMAGEMILL_GUARDED_BY(mutex_) = 0;         // of the phase: executions to come
  std::int64_t give_up_ IMAGEMILL_GUARDED_BY(mutex_) = 0;   // when the phase is
  std::int64_t last_end_ IMAGEMILL_GUARDED_BY(mutex_) = 0;  // of a phase; at first of none
  std::int64_t executions_ IMAGEMILL_GUARDED_BY(mutex_) = 0;
  double executing_ns_ IMAGEMILL_GUARDED_BY(mutex_) = 0;
  double squared_ns_ IMAGEMILL_GUARDED_BY(mutex_) = 0;  // sum of the squares
  std::vector<SoloPhase> phases_ IMAGEMILL_GUARDED_BY(mutex_);
};

}  // namespace imagemill
