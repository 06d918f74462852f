#include "engine/metrics/solo_calibration.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/base/clock.h"
#include "engine/metrics/run_report.h"

namespace imagemill {
namespace {

constexpr double kLeast = 5'000'000;        // least work of a phase, in ns of executions
constexpr std::int64_t kApart = 9;          // time between phases ÷ time of a phase, at least
constexpr std::int64_t kReserved = 50'000;  // ns for which a free turn is kept for its last owner

}  // namespace

SoloCalibration::SoloCalibration(int stages) : stages_(std::max(stages, 1)), last_end_(now_ns()) {}

SoloCalibration::Turn::Turn(Turn&& other) noexcept
    : phases_(std::exchange(other.phases_, nullptr)),
      begin_ns_(other.begin_ns_),
      phase_(other.phase_) {}

SoloCalibration::Turn::~Turn() {
  if (phases_ != nullptr) phases_->give_back(*this);
}

bool SoloCalibration::Turn::alone() const {
  if (phase_ == 0) return false;
  const MutexLock lock(phases_->mutex_);
  return phases_->in_phase_ && phase_ == phases_->phases_.size();
}

SoloCalibration::Turn SoloCalibration::take_turn() {
  MutexLock lock(mutex_);
  const std::int64_t now = now_ns();
  // A phase without a waiting worker ended at its time limit, or with its last execution.
  if (in_phase_ && out_ == 0 && now >= give_up_) end(std::max(give_up_, free_since_));
  if (!in_phase_) begin_if_due(now);
  if (in_phase_ && (out_ > 0 || last_ != std::this_thread::get_id())) wait_for_turn(lock);
  ++out_;
  last_ = std::this_thread::get_id();
  return {*this, now_ns(), in_phase_ ? phases_.size() : 0};
}

// Waits for a free turn. A free turn wakes no worker; instead, one waiting worker looks for it
// every 50 µs.
void SoloCalibration::wait_for_turn(MutexLock& lock) {
  while (in_phase_) {
    const std::int64_t now = now_ns();
    if (out_ == 0 && now - free_since_ >= kReserved) break;
    if (now >= give_up_) {
      end(now);
      freed_.notify_all();
      break;
    }
    if (somebody_looks_) {
      freed_.wait(lock.waiting());
      continue;
    }
    somebody_looks_ = true;
    freed_.wait_for(lock.waiting(), std::chrono::nanoseconds(kReserved));
    somebody_looks_ = false;
  }
  freed_.notify_one();  // another waiting worker has to look now
}

void SoloCalibration::give_back(const Turn& turn) {
  const MutexLock lock(mutex_);
  const std::int64_t now = now_ns();
  --out_;
  ++executions_;
  const auto took = static_cast<double>(now - turn.begin_ns_);
  executing_ns_ += took;
  squared_ns_ += took * took;
  free_since_ = now;
  // The turn may belong to a phase that was given up.
  if (!in_phase_ || turn.phase_ != phases_.size()) return;
  left_ns_ -= took;
  if (left_ns_ > 0 && now < give_up_) return;
  end(now);
  freed_.notify_all();
}

void SoloCalibration::begin_if_due(std::int64_t now) {
  if (executions_ < stages_) return;
  const auto executions = static_cast<double>(executions_);
  const double mean = std::max(executing_ns_ / executions, 1.0);
  // Mean time of the executions that run at a given instant: longer ones are met more often.
  const double met = squared_ns_ / std::max(executing_ns_, 1.0);
  const double work = std::max(stages_ * mean, kLeast);
  // The phase first waits for running executions to end, and its last execution may exceed its
  // work.
  const double takes = work + 1.5 * met;
  if (static_cast<double>(now - last_end_) < kApart * takes) return;
  phases_.push_back({now, now});  // first, since it may throw
  in_phase_ = true;
  left_ns_ = work;
  give_up_ = now + (now - last_end_) / kApart;
}

void SoloCalibration::end(std::int64_t now) {
  in_phase_ = false;
  phases_.back().end_ns = now;
  last_end_ = now;
}

std::vector<SoloPhase> SoloCalibration::finish() {
  const MutexLock lock(mutex_);
  if (in_phase_) end(std::max(std::min(now_ns(), give_up_), free_since_));
  return std::move(phases_);
}

}  // namespace imagemill
