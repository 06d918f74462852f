#include "cli/display/scale_text.h"

#include <algorithm>

#include <fmt/format.h>

namespace imagemill::cli {

std::string scale_text(const ScaleStudy& study, Colour colour) {
  std::vector<std::vector<std::string>> rows = {
      {"", "workers", "time", "least", "most", "images/s", "speed-up", "efficiency", ""}};
  std::set<std::size_t> warned;
  for (const ScalePoint& point : study.points) {
    const auto [least, most] = std::minmax_element(point.wall_s.begin(), point.wall_s.end());
    const double speedup = study.speedup(point);
    if (point.beyond_machine) warned.insert(rows.size());
    rows.push_back(
        {point.mode, std::to_string(point.workers), duration(point.median_s()), duration(*least),
         duration(*most), fmt::format("{:.1f}", study.images_per_s(point)),
         fmt::format("{:.2f}", speedup), fmt::format("{:.0f} %", 100 * speedup / point.workers),
         point.beyond_machine ? "more than CPUs" : ""});
  }
  std::string text = table(rows, {.colour = colour, .warned = warned});
  text +=
      wrapped(fmt::format("Medians of {}, {} images, on {}.", study.points.front().wall_s.size(),
                          study.items, describe(study.machine)),
              0) +
      "\n";
  for (const std::string& sentence : findings(study)) text += wrapped(sentence, 0);
  return text;
}

std::string changes_text(const std::vector<ScaleChange>& changes, Colour colour) {
  std::vector<std::vector<std::string>> rows = {
      {"", "workers", "time after ÷ before", "95 % from", "to", ""}};
  std::set<std::size_t> slower;
  for (const ScaleChange& change : changes) {
    const bool worse = change.verdict == ScaleChange::Verdict::slower;
    if (worse) slower.insert(rows.size());
    rows.push_back(
        {change.mode, std::to_string(change.workers), fmt::format("{:.3f}", change.ratio.value),
         fmt::format("{:.3f}", change.ratio.low), fmt::format("{:.3f}", change.ratio.high),
         worse                                            ? "slower"
         : change.verdict == ScaleChange::Verdict::faster ? "faster"
                                                          : "no more than noise"});
  }
  return table(rows, {.colour = colour, .warned = slower});
}

}  // namespace imagemill::cli
