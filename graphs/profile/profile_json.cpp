#include "graphs/profile/profile_json.h"

#include <cmath>

#include "graphs/profile/bound_json.h"
#include "graphs/records/json.h"

namespace imagemill {
namespace {

Json optional(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json inflation_json(const std::optional<Inflation>& inflation) {
  if (!inflation) return nullptr;
  return {{"factor", inflation->factor},
          {"low", inflation->low},
          {"high", inflation->high},
          {"samples", inflation->samples},
          {"alone_s", inflation->alone_s}};
}

Json stage_json(const StageProfile& stage) {
  const Waits& waits = stage.times.waits;
  return {{"node", stage.node},
          {"type", stage.type},
          {"on_workers", stage.on_workers},
          {"limit", stage.limit > 0 ? Json(stage.limit) : Json(nullptr)},
          {"visits", stage.visits},
          {"failed", stage.failed},
          {"service_s", stage.service_s},
          {"service_p50_s", stage.service.quantile(0.5)},
          {"service_p90_s", stage.service.quantile(0.9)},
          {"service_p99_s", stage.service.quantile(0.99)},
          {"service_histogram", histogram_json(stage.service)},
          {"cpu_s", stage.cpu_s},
          {"blocked_s", stage.blocked_s},
          {"setup_s", stage.setup_s},
          {"bytes_in", stage.bytes_in},
          {"bytes_out", stage.bytes_out},
          {"pixels_in", stage.pixels_in},
          {"pixels_out", stage.pixels_out},
          {"utilisation", stage.utilisation},
          {"waits",
           {{"limit_s", waits.limit_s},
            {"workers_s", waits.workers_s},
            {"partners_s", waits.partners_s},
            {"calibration_s", waits.calibration_s},
            {"scheduler_s", waits.scheduler_s}}},
          {"inflation", inflation_json(stage.inflation)},
          {"exclusive_fraction", optional(stage.exclusive_fraction)},
          {"exclusive_share_of_wall", optional(stage.exclusive_share_of_wall)},
          {"capacity_fraction", optional(stage.capacity_fraction)},
          {"at_once_s", stage.times.at_once_s},
          {"mean_at_once", stage.times.mean_at_once}};
}

}  // namespace

const char* name_of(Idle cause) {
  switch (cause) {
    case Idle::limit:
      return "limit";
    case Idle::memory:
      return "memory";
    case Idle::in_flight:
      return "in_flight";
    case Idle::source:
      return "source";
    case Idle::listing:
      return "listing";
    case Idle::tail:
      return "tail";
    case Idle::calibration:
      return "calibration";
    case Idle::scheduler:
      break;
  }
  return "scheduler";
}

std::string profile_json(const Profile& profile) {
  Json stages = Json::array();
  for (const StageProfile& stage : profile.stages) stages.push_back(stage_json(stage));
  Json idle = Json::array();
  for (const IdleTime& time : profile.timeline.idle) {
    Json& entry = idle.emplace_back(Json{{"cause", name_of(time.cause)}});
    if (time.cause == Idle::limit || time.cause == Idle::source) {
      entry["node"] = profile.stages[time.node].node;
    }
    entry["worker_s"] = time.seconds;
  }
  Json bounds = Json::array();
  for (const Bound& bound : profile.bounds) bounds.push_back(bound_json(bound, profile.stages));
  Json sizes = Json::array();
  for (const SizeClass& size : profile.sizes) {
    sizes.push_back({{"from_megapixels", size.from_megapixels},
                     {"to_megapixels",
                      std::isinf(size.to_megapixels) ? Json(nullptr) : Json(size.to_megapixels)},
                     {"items", size.items},
                     {"megapixels", size.megapixels},
                     {"worker_s", size.worker_s},
                     {"exclusive_s", size.exclusive_s}});
  }
  const Json json = {{"schema", "imagemill-profile 1"},
                     {"graph", profile.graph},
                     {"workers", profile.workers},
                     {"items", profile.items},
                     {"wall_s", profile.wall_s},
                     {"images_per_s", profile.images_per_s},
                     {"uncalibrated_images_per_s", profile.uncalibrated_images_per_s()},
                     {"calibration_wall_s", profile.timeline.solo_s},
                     {"start_up_cpu_s", profile.start_up_s},
                     {"process_cpu_s", profile.process_cpu_s},
                     {"stages_cpu_s", profile.stages_cpu_s},
                     {"in_flight_s", profile.in_flight_s},
                     {"turn_wait_s", profile.turn_s},
                     {"admission_wait_s", profile.admission_s},
                     {"lost_visits", profile.lost_visits},
                     {"busy_workers_s", profile.timeline.busy_workers_s},
                     {"idle", std::move(idle)},
                     {"bounds", std::move(bounds)},
                     {"stages", std::move(stages)},
                     {"sizes", std::move(sizes)},
                     {"verdict", verdict(profile)}};
  return text_of(json);
}

}  // namespace imagemill
