#include "engine/solo_phases.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/statistics.h"

namespace imagemill {
namespace {

constexpr std::int64_t kItemsAPhase = 2;
constexpr std::int64_t kLeast = 5'000'000;  // ns of executions
constexpr std::int64_t kReserved = 50'000;  // ns for which a turn is that of the last who had it
constexpr std::int64_t kApart = 9;          // times what a phase takes

}  // namespace

SoloPhases::SoloPhases(int stages) : stages_(std::max(stages, 1)), last_end_(now_ns()) {}

SoloPhases::Turn::Turn(Turn&& other) noexcept
    : phases_(std::exchange(other.phases_, nullptr)),
      begin_ns_(other.begin_ns_),
      alone_(other.alone_) {}

SoloPhases::Turn::~Turn() {
  if (phases_ != nullptr) phases_->give_back(*this);
}

SoloPhases::Turn SoloPhases::take_turn() {
  std::unique_lock lock(mutex_);
  if (!in_phase_) begin_if_due(now_ns());
  if (in_phase_ && (out_ > 0 || last_ != std::this_thread::get_id())) wait_for_turn(lock);
  ++out_;
  last_ = std::this_thread::get_id();
  return {*this, now_ns(), in_phase_};
}

// Nobody is told that a turn is free: one of those who wait looks from time to time.
void SoloPhases::wait_for_turn(std::unique_lock<std::mutex>& lock) {
  const auto is_free = [&] { return out_ == 0 && now_ns() - free_since_ >= kReserved; };
  while (in_phase_ && !is_free()) {
    if (somebody_looks_) {
      freed_.wait(lock);
      continue;
    }
    somebody_looks_ = true;
    freed_.wait_for(lock, std::chrono::nanoseconds(kReserved));
    somebody_looks_ = false;
  }
  freed_.notify_one();  // to look in place of this one
}

void SoloPhases::give_back(const Turn& turn) {
  const std::lock_guard lock(mutex_);
  const std::int64_t now = now_ns();
  --out_;
  ++executions_;
  executing_ns_ += now - turn.begin_ns_;
  if (!in_phase_) return;
  free_since_ = now;
  if (!turn.alone_ || --left_ > 0) return;
  end(now);
  freed_.notify_all();
}

void SoloPhases::begin_if_due(std::int64_t now) {
  if (executions_ < stages_) return;
  const std::int64_t turns = std::max(kItemsAPhase * stages_, kLeast / mean_ns());
  const std::int64_t takes = std::max(turns * mean_ns(), last_took_);
  if (now - last_end_ < kApart * takes) return;
  in_phase_ = true;
  left_ = static_cast<int>(turns);
  phases_.push_back({now, now});
}

void SoloPhases::end(std::int64_t now) {
  in_phase_ = false;
  phases_.back().end_ns = now;
  last_end_ = now;
  last_took_ = now - phases_.back().begin_ns;
}

std::int64_t SoloPhases::mean_ns() const {
  return std::max<std::int64_t>(executing_ns_ / executions_, 1);
}

std::vector<SoloPhase> SoloPhases::finish() {
  const std::lock_guard lock(mutex_);
  if (in_phase_) end(now_ns());
  return std::move(phases_);
}

}  // namespace imagemill
