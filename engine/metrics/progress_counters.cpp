#include "engine/metrics/progress_counters.h"

#include <utility>

namespace imagemill {

namespace {

// `more` − `less`, at least 0. Counters are read one after the other, so `less` may be the larger
// one by now.
std::uint64_t difference(std::uint64_t more, std::uint64_t less) {
  return more > less ? more - less : 0;
}

}  // namespace

void ProgressCounters::name_source(std::string name, int limit) {
  const MutexLock lock(mutex_);
  source_name_ = std::move(name);
  source_limit_ = limit;
}

std::vector<ProgressCounters::Standing> ProgressCounters::standings() const {
  const MutexLock lock(mutex_);
  std::vector<Standing> standings;
  if (source_name_.empty()) return standings;
  const std::uint64_t read = source.read;
  standings.push_back({.name = source_name_,
                       .limit = source_limit_,
                       .waiting = difference(source.planned, source.admitted),
                       .running = difference(source.begun, read),
                       .done = read});
  for (const Stage& stage : stages_) {
    const std::uint64_t ended = stage.ended;
    const std::uint64_t begun = stage.begun;
    standings.push_back({.name = stage.name,
                         .limit = stage.limit,
                         .waiting = difference(stage.arrived, begun),
                         .running = difference(begun, ended),
                         .done = ended});
  }
  return standings;
}

ProgressCounters::Stage& ProgressCounters::add_stage(std::string name, int limit, bool joins) {
  const MutexLock lock(mutex_);
  Stage& stage = stages_.emplace_back();
  stage.name = std::move(name);
  stage.limit = limit;
  stage.joins = joins;
  return stage;
}

std::uint64_t ProgressCounters::progress() const {
  const MutexLock lock(mutex_);
  std::uint64_t sum = source.taken + source.planned + source.admitted + source.ended;
  for (const Stage& stage : stages_) sum += stage.begun + stage.ended + stage.paired + stage.joined;
  return sum;
}

std::string ProgressCounters::describe() const {
  const MutexLock lock(mutex_);
  const auto number = [](std::uint64_t n) { return std::to_string(n); };
  std::string text = "source: " + number(source.taken) + " entries taken, " +
                     number(source.planned) + " planned, " + number(source.admitted) +
                     " items admitted, " + number(source.ended) + " ended\n";
  for (const Stage& stage : stages_) {
    // The counters of later steps are read first, so that no difference is negative.
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
