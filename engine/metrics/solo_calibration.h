// Calibration of a run at many workers by short phases at one worker. The time of an execution
// beside others can then be compared with its time alone, on the same items, in the same minutes.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <thread>
#include <vector>

#include "engine/base/mutex.h"

namespace imagemill {

struct SoloPhase {
  std::int64_t begin_ns = 0;  // from here to end_ns, no execution begins beside another
  std::int64_t end_ns = 0;
};

// Gives turns to executions on workers. Between phases, every turn is given at once. When a phase
// begins, the executions that run go on to their end. After that there is one turn at a time, and
// the other workers wait. A worker that comes back for another turn at once gets it. So it goes on
// with its item, in its caches, as a single worker would. A worker that does not come back makes
// room for another, so no run can stall in a phase.
//
// A phase lasts for as much work as takes an item through the graph, and at least 5 ms of work. It
// is given up when the waiting workers have waited a ninth of the time since the last phase. So
// phases take a tenth of the time at most, however long an execution takes. A run that is too short
// for that has no phase.
//
// Thread-safe. Cost: two locks of a mutex for each execution.
class SoloCalibration {
 public:
  // `stages`: nodes whose executions take turns.
  explicit SoloCalibration(int stages);

  class Turn {
   public:
    Turn(Turn&& other) noexcept;
    Turn& operator=(Turn&&) = delete;
    ~Turn();
    // Whether no other execution ran when this one began.
    bool began_alone() const { return phase_ > 0; }
    // Whether this execution began alone and no other has begun since.
    bool alone() const;

   private:
    friend class SoloCalibration;
    Turn(SoloCalibration& phases, std::int64_t begin_ns, std::uint64_t phase)
        : phases_(&phases), begin_ns_(begin_ns), phase_(phase) {}
    SoloCalibration* phases_;
    std::int64_t begin_ns_;
    std::uint64_t phase_;  // number of the phase in which this turn is alone; 0: no phase
  };
  // Waits until the calling thread may execute. The turn ends with the returned object.
  Turn take_turn();

  // All phases of the run. Call once, when no turn is out.
  std::vector<SoloPhase> finish();

 private:
  void give_back(const Turn& turn);
  void wait_for_turn(MutexLock& lock) IMAGEMILL_REQUIRES(mutex_);
  void begin_if_due(std::int64_t now) IMAGEMILL_REQUIRES(mutex_);
  void end(std::int64_t now) IMAGEMILL_REQUIRES(mutex_);

  const int stages_;
  mutable Mutex mutex_;
  std::condition_variable freed_;
  int out_ IMAGEMILL_GUARDED_BY(mutex_) = 0;  // turns that are out
  bool in_phase_ IMAGEMILL_GUARDED_BY(mutex_) = false;
  bool somebody_looks_ IMAGEMILL_GUARDED_BY(mutex_) = false;
  std::int64_t free_since_ IMAGEMILL_GUARDED_BY(mutex_) = 0;
  std::thread::id last_ IMAGEMILL_GUARDED_BY(mutex_);       // who had a turn
  double left_ns_ IMAGEMILL_GUARDED_BY(mutex_) = 0;         // work still to come in the phase
  std::int64_t give_up_ IMAGEMILL_GUARDED_BY(mutex_) = 0;   // when the phase is given up
  std::int64_t last_end_ IMAGEMILL_GUARDED_BY(mutex_) = 0;  // end of the last phase
  std::int64_t executions_ IMAGEMILL_GUARDED_BY(mutex_) = 0;
  double executing_ns_ IMAGEMILL_GUARDED_BY(mutex_) = 0;
  double squared_ns_ IMAGEMILL_GUARDED_BY(mutex_) = 0;  // sum of the squares
  std::vector<SoloPhase> phases_ IMAGEMILL_GUARDED_BY(mutex_);
};

}  // namespace imagemill
