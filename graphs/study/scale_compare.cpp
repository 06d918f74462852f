#include "graphs/stats/ratio.h"
#include "graphs/study/scale_json.h"

namespace imagemill {
namespace {

constexpr std::size_t kRepeats = 3;
constexpr double kWorthSaying = 0.01;

ScaleChange change_of(const ScaleRecord::Point& before, const ScaleRecord::Point& after) {
  ScaleChange change{.mode = before.mode,
                     .workers = before.workers,
                     .ratio = ratio_of(before.wall_s, after.wall_s)};
  if (change.ratio.low > 1 && change.ratio.value > 1 + kWorthSaying) {
    change.verdict = ScaleChange::Verdict::slower;
  } else if (change.ratio.high < 1 && change.ratio.value < 1 - kWorthSaying) {
    change.verdict = ScaleChange::Verdict::faster;
  }
  return change;
}

}  // namespace

Result<std::vector<ScaleChange>> compare(const ScaleRecord& before, const ScaleRecord& after) {
  if (before.graph != after.graph) {
    return failure("different", "the studies are of different graphs: '" + before.graph +
                                    "' and '" + after.graph + "'");
  }
  if (before.items != after.items) {
    return failure("different", "the studies are of " + std::to_string(before.items) + " and " +
                                    std::to_string(after.items) + " images");
  }
  std::vector<ScaleChange> changes;
  for (const ScaleRecord::Point& a : before.points) {
    for (const ScaleRecord::Point& b : after.points) {
      if (a.mode != b.mode || a.workers != b.workers) continue;
      if (a.wall_s.size() < kRepeats || b.wall_s.size() < kRepeats) {
        return failure("too_few", "it takes three repeats to tell a change from noise");
      }
      changes.push_back(change_of(a, b));
    }
  }
  if (changes.empty())
    return failure("different", "the studies have no number of workers in common");
  return changes;
}

}  // namespace imagemill
