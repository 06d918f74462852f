#include "graphs/replay/profile_file.h"

#include <algorithm>
#include <cmath>

#include "graphs/profile/profile_json.h"
#include "graphs/records/json.h"
#include "graphs/stats/estimate_json.h"

namespace imagemill {
namespace {

std::int64_t nanoseconds(double s) { return std::llround(s * 1e9); }

Json recording_json(const Recording& recording) {
  Json stages = Json::array();
  for (const Recording::Stage& stage : recording.stages) {
    stages.push_back(
        {{"node", stage.node},
         {"contention", stage.contention_known ? estimate_json(stage.contention) : Json(nullptr)},
         {"cpu_share", stage.cpu_share},
         {"setup_s", stage.setup_s}});
  }
  // Items and visits are arrays: repeated names would be most of the file.
  Json items = Json::array();
  auto visit = recording.visits.begin();
  for (const Recording::Item& item : recording.items) {
    Json visits = Json::array();
    for (std::uint32_t i = 0; i < item.visits; ++i, ++visit) {
      visits.push_back({visit->node, visit->part, nanoseconds(visit->service_s),
                        std::round(visit->busy_workers * 100) / 100});
    }
    items.push_back({item.key, nanoseconds(item.probe_s),
                     item.admitted ? Json(item.lease_bytes) : Json(nullptr), std::move(visits)});
  }
  return {{"workers", recording.workers},
          {"cpus", recording.cpus},
          {"memory_bytes", recording.memory_bytes},
          {"run_items", recording.run_items},
          {"images_per_s", recording.images_per_s},
          {"lead_in_s", recording.lead_in_s},
          {"lead_out_s", recording.lead_out_s},
          {"wake_s", recording.wake_s},
          {"serial_fraction",
           recording.serial_fraction ? Json(*recording.serial_fraction) : Json(nullptr)},
          {"stages", std::move(stages)},
          {"items", std::move(items)}};
}

Recording recording_of(const Json& json) {
  Recording recording;
  recording.workers = json.at("workers");
  recording.cpus = json.at("cpus");
  recording.memory_bytes = json.at("memory_bytes");
  recording.run_items = json.at("run_items");
  recording.images_per_s = json.at("images_per_s");
  recording.lead_in_s = json.at("lead_in_s");
  recording.lead_out_s = json.at("lead_out_s");
  recording.wake_s = json.at("wake_s");
  if (!json.at("serial_fraction").is_null()) recording.serial_fraction = json.at("serial_fraction");
  for (const Json& stage : json.at("stages")) {
    Recording::Stage& to = recording.stages.emplace_back();
    to.node = stage.at("node");
    to.cpu_share = stage.at("cpu_share");
    to.setup_s = stage.at("setup_s");
    const Json& contention = stage.at("contention");
    if (contention.is_null()) continue;
    to.contention_known = true;
    to.contention = {contention.at("value"), contention.at("low"), contention.at("high")};
  }
  for (const Json& from : json.at("items")) {
    Recording::Item& item = recording.items.emplace_back();
    item.key = from.at(0);
    item.probe_s = from.at(1).get<double>() * 1e-9;
    item.admitted = !from.at(2).is_null();
    if (item.admitted) item.lease_bytes = from.at(2);
    item.visits = static_cast<std::uint32_t>(from.at(3).size());
    for (const Json& visit : from.at(3)) {
      // An index out of range becomes one that no graph has, which sound() rejects.
      const auto node = std::min(visit.at(0).get<std::uint64_t>(), std::uint64_t{0xFFFF});
      recording.visits.push_back({static_cast<std::uint16_t>(node), visit.at(1),
                                  visit.at(2).get<double>() * 1e-9, visit.at(3)});
    }
  }
  return recording;
}

// Checks values that no run can have recorded, or that a replay cannot handle.
bool sound(const Recording& recording) {
  const auto time = [](double s) { return s >= 0 && s <= 1e7; };
  const auto contention = [](double c) { return std::abs(c) <= 100; };
  bool good = recording.workers > 0 && recording.workers <= 4096 && time(recording.lead_in_s) &&
              time(recording.lead_out_s) && time(recording.wake_s) &&
              time(recording.images_per_s) && recording.run_items >= recording.items.size();
  for (const Recording::Stage& stage : recording.stages) {
    good = good && time(stage.setup_s) && stage.cpu_share >= 0 && stage.cpu_share <= 1 &&
           stage.contention.value >= 0 && contention(stage.contention.value) &&
           contention(stage.contention.low) && contention(stage.contention.high);
  }
  for (const Recording::Item& item : recording.items) good = good && time(item.probe_s);
  for (const Recording::Visit& visit : recording.visits) {
    good = good && time(visit.service_s) && time(visit.busy_workers) &&
           visit.node < recording.stages.size();
  }
  return good;
}

}  // namespace

std::string run_record_json(const Profile& profile, const Recording& recording,
                            const RunSettings& settings, const std::vector<std::string>& sets,
                            const Machine& machine, const Provenance& provenance) {
  Json json = Json::parse(profile_json(profile));
  json["machine"] = machine_json(machine);
  add_provenance(json, provenance);
  std::error_code ignored;
  json["run"] = {{"input", settings.input == kStandardInput
                               ? settings.input
                               : std::filesystem::absolute(settings.input, ignored).string()},
                 {"memory_bytes", settings.memory.bytes},
                 {"sets", sets}};
  json["recording"] = recording_json(recording);
  return text_of(json);
}

Result<RunRecord> read_run_record(const std::filesystem::path& file) {
  const auto json = read_json(file, "imagemill-profile 1", "profile");
  if (!json) return tl::make_unexpected(json.error());
  const auto fault = [&](const std::string& what) {
    return failure("corrupt", "'" + file.string() + "' " + what);
  };
  try {
    if (!json->contains("recording")) {
      return fault("has no recording: profile the graph again");
    }
    RunRecord record;
    record.graph = json->at("graph");
    record.items = json->at("items");
    record.config = json->at("config");
    record.sets = json->at("run").at("sets");
    record.input = json->at("run").at("input");
    record.memory_bytes = json->at("run").at("memory_bytes");
    record.machine = json->at("machine").at("summary");
    record.recording = recording_of(json->at("recording"));
    if (!sound(record.recording)) return fault("has a recording that is none");
    return record;
  } catch (const Json::exception& error) {
    return fault(std::string("lacks a part: ") + error.what());
  }
}

}  // namespace imagemill
