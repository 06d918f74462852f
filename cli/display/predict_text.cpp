#include "cli/display/predict_text.h"

#include <cmath>

#include <fmt/format.h>

#include "engine/base/text.h"

namespace imagemill::cli {
namespace {

std::string rate(std::optional<double> images_per_s) {
  return images_per_s ? fmt::format("{:.1f}", *images_per_s) : "–";
}

std::string name_of(const PredictedPoint& point, const Bound& bound) {
  switch (bound.by) {
    case Bound::By::workers:
      return "workers";
    case Bound::By::limit:
      return "limit of '" + point.profile.stages[bound.node].node + "'";
    case Bound::By::in_flight:
      return "items in flight";
    case Bound::By::memory:
      return "memory";
    case Bound::By::cpus:
      break;
  }
  return "CPUs";
}

std::string measured_text(const PredictedPoint& point) {
  return point.measured ? rate(point.measured->value) : "–";
}

std::string error_text(const PredictedPoint& point) {
  const auto error = point.error();
  return error ? fmt::format("{:+.1f} %", 100 * *error) : "–";
}

std::string note(const PredictedPoint& point) {
  return point.beyond_machine ? "more than CPUs" : "";
}

}  // namespace

std::string predict_text(const Prediction& prediction, Colour colour) {
  std::string text;
  if (prediction.items > 0) {
    const bool shown = prediction.shown();
    std::vector<std::vector<std::string>> rows;
    rows.push_back({"", "at most", "bound by", "baseline", "Amdahl", "USL"});
    if (shown) {
      auto& head = rows.front();
      head.insert(head.begin() + 1, {"replay", "90 % from", "to", "time", "speed-up"});
      head.insert(head.end(), {"measured", "error", ""});
    }
    rows.front().front() = "workers";
    std::set<std::size_t> warned;
    for (const PredictedPoint& point : prediction.points) {
      if (point.beyond_machine) warned.insert(rows.size());
      std::vector<std::string> row = {std::to_string(point.workers)};
      if (shown) {
        const Estimate& predicted = point.images_per_s;
        row.insert(row.end(),
                   {rate(predicted.value), rate(predicted.low), rate(predicted.high),
                    duration(point.wall_s(prediction.items)),
                    fmt::format("{:.2f}", predicted.value / prediction.one_worker.value)});
      }
      const bool bounded = !point.bounds.empty();
      row.insert(row.end(), {bounded ? rate(point.bounds.front().items_per_s) : "–",
                             bounded ? name_of(point, point.bounds.front()) : "–",
                             rate(point.baseline), rate(point.amdahl), rate(point.usl)});
      if (shown) {
        row.insert(row.end(), {measured_text(point), error_text(point), note(point)});
      }
      rows.push_back(std::move(row));
    }
    text += table(rows, {.colour = colour, .warned = warned});
    std::string from =
        fmt::format("Images/s, from {} images that were recorded with {}", prediction.items,
                    number_of(prediction.recorded_workers, "worker"));
    if (!prediction.changes.empty()) {
      from += "; what if:";
      for (const std::string& change : prediction.changes) from += " " + change + ",";
      from.back() = '.';
    } else {
      from += ".";
    }
    text += wrapped(from, 0) + "\n";
  }
  for (const std::string& sentence : findings(prediction)) text += wrapped(sentence, 0);
  return text;
}

}  // namespace imagemill::cli
