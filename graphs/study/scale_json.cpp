#include "graphs/study/scale_json.h"

#include <cmath>

#include "graphs/profile/profile_json.h"
#include "graphs/records/json.h"
#include "graphs/stats/estimate_json.h"

namespace imagemill {
namespace {

constexpr const char* kSchema = "imagemill-scale 1";

Json cluster_json(const ClusterRecord& record) {
  Json nodes = Json::array();
  for (const ClusterRecord::Node& node : record.nodes) {
    nodes.push_back({{"node", node.name},
                     {"shards", node.shards},
                     {"images", node.images},
                     {"busy_s", node.busy_s},
                     {"share", node.share},
                     {"busy", node.busy}});
  }
  return {{"shards", record.shards},
          {"retries", record.retries},
          {"work_s", record.work_s},
          {"start_up_s", record.overhead.start_up_s},
          {"scheduling_s", record.overhead.scheduling_s},
          {"process_s", record.overhead.process_s},
          {"straggler_s", record.overhead.straggler_s},
          {"merge_s", record.overhead.merge_s},
          {"nodes", std::move(nodes)}};
}

Json point_json(const ScaleStudy& study, const ScalePoint& point) {
  const double speedup = study.speedup(point);
  Json losses = Json::array();
  for (const ScalingLoss& loss : study.losses(point)) {
    const bool inflation = loss.by == ScalingLoss::By::inflation;
    Json& entry =
        losses.emplace_back(Json{{"cause", inflation ? "inflation" : name_of(loss.cause)}});
    if (inflation || loss.cause == Idle::limit || loss.cause == Idle::source) {
      entry["node"] = point.profile.stages[loss.node].node;
    }
    entry["worker_s"] = loss.worker_s;
  }
  Json json = {
      {"mode", point.mode},
      {"workers", point.workers},
      {"beyond_machine", point.beyond_machine},
      {"wall_s", point.wall_s},
      {"median_s", point.median_s()},
      {"images_per_s", study.images_per_s(point)},
      {"speedup", estimate_json(study.speedup_range(point))},
      {"efficiency", speedup / point.workers},
      {"karp_flatt", point.workers > 1 ? Json(karp_flatt(speedup, point.workers)) : Json(nullptr)},
      {"losses", std::move(losses)},
      {"profile", point.cluster ? Json(nullptr) : Json::parse(profile_json(point.profile))}};
  if (point.cluster) json["cluster"] = cluster_json(*point.cluster);
  return json;
}

Json usl_json(const std::optional<Usl>& usl) {
  if (!usl) return nullptr;
  const double peak = usl->peak_workers();
  return {{"lambda", estimate_json(usl->lambda)},
          {"sigma", estimate_json(usl->sigma)},
          {"kappa", estimate_json(usl->kappa)},
          {"peak_workers", std::isinf(peak) ? Json(nullptr) : Json(peak)}};
}

}  // namespace

std::string scale_json(const ScaleStudy& study, const Provenance& provenance) {
  Json points = Json::array();
  for (const ScalePoint& point : study.points) points.push_back(point_json(study, point));
  const ScalePoint* leaves = study.leaves_linear();
  Json json = {{"schema", kSchema},
               {"graph", study.graph},
               {"machine", machine_json(study.machine)},
               {"items", study.items},
               {"outputs", study.outputs},
               {"identical", study.different.empty()},
               {"different", study.different},
               {"points", std::move(points)},
               {"best", {{"mode", study.best().mode}, {"workers", study.best().workers}}},
               {"leaves_linear_at", leaves != nullptr ? Json(leaves->workers) : Json(nullptr)},
               {"usl", usl_json(study.usl())},
               {"findings", findings(study)}};
  add_provenance(json, provenance);
  return text_of(json);
}

Result<ScaleRecord> read_scale(const std::filesystem::path& file) {
  const auto json = read_json(file, kSchema, "scaling study");
  if (!json) return tl::make_unexpected(json.error());
  const auto fault = [&](const std::string& what) {
    return failure("corrupt", "'" + file.string() + "' " + what);
  };
  try {
    ScaleRecord record{.graph = json->at("graph"),
                       .machine = json->at("machine").at("summary"),
                       .items = json->at("items"),
                       .points = {}};
    for (const Json& point : json->at("points")) {
      record.points.push_back(
          {.mode = point.at("mode"), .workers = point.at("workers"), .wall_s = point.at("wall_s")});
    }
    for (const ScaleRecord::Point& point : record.points) {
      for (const double wall_s : point.wall_s) {
        if (!std::isfinite(wall_s) || wall_s <= 0) return fault("has a time that is none");
      }
    }
    return record;
  } catch (const Json::exception& error) {
    return fault(std::string("lacks a part: ") + error.what());
  }
}

}  // namespace imagemill
