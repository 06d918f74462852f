#include "graphs/records/run_summary.h"

#include <algorithm>
#include <array>

#include "graphs/records/json.h"

namespace imagemill {
namespace {

constexpr const char* kSchema = "imagemill-summary 1";

constexpr std::array<std::pair<std::string_view, Ending>, 4> kEndings = {
    {{"complete", Ending::complete},
     {"on_error", Ending::on_error},
     {"outside", Ending::outside},
     {"stopped", Ending::stopped}}};

std::string_view name_of(Ending ending) {
  return std::find_if(kEndings.begin(), kEndings.end(),
                      [&](const auto& named) { return named.second == ending; })
      ->first;
}

Ending ending_of(const std::string& name) {
  const auto* const found = std::find_if(kEndings.begin(), kEndings.end(),
                                         [&](const auto& named) { return named.first == name; });
  return found == kEndings.end() ? Ending::stopped : found->second;
}

Json shard_json(const ShardRecord& record) {
  return {{"index", record.shard.index}, {"count", record.shard.count}, {"job", record.job},
          {"host", record.host},         {"begun_s", record.begun_s},   {"ended_s", record.ended_s},
          {"was_done", record.was_done}};
}

ShardRecord shard_of(const Json& json) {
  return {.shard = {json.at("index"), json.at("count")},
          .job = json.at("job"),
          .host = json.at("host"),
          .begun_s = json.at("begun_s"),
          .ended_s = json.at("ended_s"),
          .was_done = json.at("was_done")};
}

}  // namespace

Summary summary_of(const RunResult& result) {
  const RunReport& report = result.report;
  return {.ending = result.ending,
          .cause = result.cause,
          .items = report.items,
          .ignored = report.ignored,
          .removed = report.removed,
          .losses = report.losses,
          .wall_s = report.wall_s,
          .cpu_s = static_cast<double>(result.cpu_ns) * 1e-9};
}

std::string summary_line(const Summary& summary) {
  Json json = {{"schema", kSchema},
               {"ending", name_of(summary.ending)},
               {"cause", summary.cause},
               {"items", items_json(summary.items)},
               {"ignored_files", summary.ignored},
               {"done_before", summary.items.settled},
               {"outputs_removed", summary.removed},
               {"losses", losses_json(summary.losses)},
               {"wall_s", summary.wall_s},
               {"cpu_s", summary.cpu_s},
               {"images_per_s", summary.images_per_s()}};
  if (summary.shard) json["shard"] = shard_json(*summary.shard);
  if (summary.shards > 0) json["shards"] = summary.shards;
  return line_of(json);
}

Result<Summary> parse_summary(const std::string& line) {
  try {
    const Json json = Json::parse(line);
    if (json.at("schema") != kSchema) return failure("malformed", "is no summary of a run");
    Summary summary{.ending = ending_of(json.at("ending")),
                    .cause = json.at("cause"),
                    .items = items_of(json.at("items")),
                    .ignored = json.at("ignored_files"),
                    .removed = json.at("outputs_removed"),
                    .losses = losses_of(json.value("losses", Json::array())),
                    .wall_s = json.at("wall_s"),
                    .cpu_s = json.at("cpu_s")};
    summary.items.settled = json.at("done_before");
    if (json.contains("shard")) summary.shard = shard_of(json.at("shard"));
    return summary;
  } catch (const Json::exception&) {
    return failure("malformed", "is no summary of a run");
  }
}

}  // namespace imagemill
