#include "engine/run_watch.h"

#include <utility>

namespace imagemill {

RunWatch::Stage& RunWatch::add_stage(std::string name, bool joins) {
  const std::lock_guard lock(mutex_);
  Stage& stage = stages_.emplace_back();
  stage.name = std::move(name);
  stage.joins = joins;
  return stage;
}

std::uint64_t RunWatch::progress() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = source.taken + source.planned + source.admitted + source.ended;
  for (const Stage& stage : stages_) sum += stage.begun + stage.ended + stage.paired + stage.joined;
  return sum;
}

std::string RunWatch::describe() const {
  const std::lock_guard lock(mutex_);
  const auto number = [](std::uint64_t n) { return std::to_string(n); };
  std::string text = "source: " + number(source.taken) + " entries taken, " +
                     number(source.planned) + " planned, " + number(source.admitted) +
                     " items admitted, " + number(source.ended) + " ended\n";
  for (const Stage& stage : stages_) {
    // What ended is read first, so that no difference is negative.
    const std::uint64_t ended = stage.ended;
    const std::uint64_t begun = stage.begun;
    const std::uint64_t due = stage.due;
    const std::uint64_t joined = stage.joined;
    const std::uint64_t paired = stage.paired;
    if (due == ended && paired == joined) continue;
    text += stage.name + ": " + number(due - begun) + " to come, " + number(begun - ended) +
            " running, " + number(ended) + " done";
    if (stage.joins) text += ", " + number(paired - joined) + " waiting for their partners";
    text += "\n";
  }
  return text;
}

}  // namespace imagemill
