#include "graphs/replay/prediction_json.h"

#include "graphs/profile/bound_json.h"
#include "graphs/records/json.h"
#include "graphs/stats/estimate_json.h"

namespace imagemill {
namespace {

Json optional(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json point_json(const Prediction& prediction, const PredictedPoint& point) {
  Json bounds = Json::array();
  for (const Bound& bound : point.bounds) {
    bounds.push_back(bound_json(bound, point.profile.stages));
  }
  const bool shown = prediction.shown();
  return {{"workers", point.workers},
          {"beyond_machine", point.beyond_machine},
          {"predicted", shown ? estimate_json(point.images_per_s) : Json(nullptr)},
          {"wall_s", shown ? Json(point.wall_s(prediction.items)) : Json(nullptr)},
          {"measured", point.measured ? estimate_json(*point.measured) : Json(nullptr)},
          {"error", optional(point.error())},
          {"bounds", std::move(bounds)},
          {"baseline", point.baseline},
          {"amdahl", optional(point.amdahl)},
          {"usl", optional(point.usl)},
          {"verdict", shown ? Json(verdict(point.profile)) : Json::array()}};
}

}  // namespace

std::string prediction_json(const Prediction& prediction, const std::string& machine,
                            const Provenance& provenance) {
  Json points = Json::array();
  for (const PredictedPoint& point : prediction.points) {
    points.push_back(point_json(prediction, point));
  }
  Json json = {{"schema", "imagemill-prediction 1"},
               {"graph", prediction.graph},
               {"machine", {{"summary", machine}, {"cpus", prediction.recorded_cpus}}},
               {"from",
                {{"workers", prediction.recorded_workers},
                 {"images", prediction.items},
                 {"images_per_s", prediction.recorded_images_per_s},
                 {"replay_error", prediction.self_error}}},
               {"changes", prediction.changes},
               {"shown", prediction.shown()},
               {"worst_error", prediction.worst_error()},
               {"points", std::move(points)},
               {"findings", findings(prediction)}};
  add_provenance(json, provenance);
  return text_of(json);
}

}  // namespace imagemill
