#include "graphs/records/json.h"

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "engine/files/posix.h"

namespace imagemill {
namespace {

// Prints objects indented, and an array without objects (of numbers, say) on one line.
void print(const Json& json, const std::string& line, std::string& text) {
  const bool flat = json.is_array() && std::none_of(json.begin(), json.end(), [](const Json& part) {
                      return part.is_object();
                    });
  if (!json.is_structured() || json.empty() || flat) {
    text += json.dump(-1, ' ', false, Json::error_handler_t::replace);
    return;
  }
  const std::string inner = line + "  ";
  char before = json.is_array() ? '[' : '{';
  for (const auto& [key, value] : json.items()) {
    text += before + inner;
    before = ',';
    if (json.is_object()) {
      text += Json(key).dump(-1, ' ', false, Json::error_handler_t::replace) + ": ";
    }
    print(value, inner, text);
  }
  text += line + (json.is_array() ? ']' : '}');
}

}  // namespace

Json histogram_json(const Histogram& histogram) {
  Json buckets = Json::array();
  for (const Histogram::Bucket& bucket : histogram.buckets()) {
    buckets.push_back({bucket.from_s, bucket.to_s, bucket.count});
  }
  return buckets;
}

Json items_json(const ItemCounts& items) {
  return {{"admitted", items.admitted},
          {"ok", items.ok},
          {"skipped", items.skipped},
          {"failed", items.failed},
          {"cancelled", items.cancelled}};
}

ItemCounts items_of(const Json& json) {
  return {.admitted = json.at("admitted"),
          .ok = json.at("ok"),
          .skipped = json.at("skipped"),
          .failed = json.at("failed"),
          .cancelled = json.at("cancelled")};
}

Json losses_json(const LossCounts& losses) {
  Json json = Json::array();
  for (const auto& [code, loss] : losses) {
    json.push_back({{"code", code},
                    {"meaning", loss.meaning},
                    {"items", loss.items},
                    {"example", loss.example}});
  }
  return json;
}

LossCounts losses_of(const Json& json) {
  LossCounts losses;
  for (const Json& loss : json) {
    losses[loss.at("code")] = {
        .meaning = loss.at("meaning"), .items = loss.at("items"), .example = loss.at("example")};
  }
  return losses;
}

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
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

void add_provenance(Json& json, const Provenance& provenance) {
  json["date"] = provenance.date;
  json["command"] = provenance.command;
  json["config"] = provenance.config;
}

std::string text_of(const Json& json) {
  std::string text;
  print(json, "\n", text);
  return text + "\n";
}

Result<Json> read_json(const std::filesystem::path& file, const std::string& schema,
                       const std::string& what) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    return failure("not_a_file", "'" + file.string() + "' is a folder");
  }
  errno = 0;
  std::ifstream stream(file);
  if (!stream) return system_failure("cannot read '" + file.string() + "'", errno);
  Json json = Json::parse(stream, nullptr, false);
  if (json.is_discarded()) return failure("corrupt", "'" + file.string() + "' is not JSON");
  if (!json.is_object() || json.value("schema", Json()) != schema) {
    return failure("corrupt", "'" + file.string() + "' is no " + what + " (" + schema + ")");
  }
  return json;
}

}  // namespace imagemill
