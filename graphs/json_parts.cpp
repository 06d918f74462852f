#include "graphs/json_parts.h"

#include <fstream>

namespace imagemill {

Json estimate_json(const Estimate& estimate) {
  return {{"value", estimate.value}, {"low", estimate.low}, {"high", estimate.high}};
}

Json machine_json(const Machine& machine) {
  Json versions = Json::object();
  for (const auto& [name, version] : machine.versions) versions[name] = version;
  return {{"summary", describe(machine)}, {"cpu", machine.cpu},
          {"cpus", machine.cpus},         {"logical_cpus", machine.logical_cpus},
          {"cores", machine.cores},       {"hypervisor", machine.hypervisor},
          {"governor", machine.governor}, {"memory_bytes", machine.memory_bytes},
          {"kernel", machine.kernel},     {"versions", std::move(versions)}};
}

void add_origin(Json& json, const Origin& origin) {
  json["date"] = origin.date;
  json["command"] = origin.command;
  json["config"] = origin.config;
}

Json bound_json(const Bound& bound, const std::vector<StageProfile>& stages) {
  constexpr std::array<const char*, 4> kNames = {"workers", "limit", "in_flight", "memory"};
  Json json = {{"by", kNames[static_cast<std::size_t>(bound.by)]}};
  if (bound.by == Bound::By::limit) json["node"] = stages[bound.node].node;
  json["images_per_s"] = bound.items_per_s;
  return json;
}

std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Json> read_json(const std::filesystem::path& file, const std::string& schema,
                       const std::string& what) {
  std::ifstream stream(file);
  if (!stream) return failure("not_found", "cannot read '" + file.string() + "'");
  Json json = Json::parse(stream, nullptr, false);
  if (json.is_discarded()) return failure("corrupt", "'" + file.string() + "' is not JSON");
  if (!json.is_object() || json.value("schema", Json()) != schema) {
    return failure("corrupt", "'" + file.string() + "' is no " + what + " (" + schema + ")");
  }
  return json;
}

}  // namespace imagemill
