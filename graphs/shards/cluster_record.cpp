#include "graphs/shards/cluster_record.h"

#include <algorithm>

#include "graphs/records/json.h"

namespace imagemill {
namespace {

ClusterRecord record_of(const Json& json) {
  const Json& overhead = json.at("overhead");
  ClusterRecord record{.wall_s = json.at("wall_s"),
                       .shards = json.at("shards"),
                       .retries = json.at("retries").size(),
                       .nodes = {},
                       .overhead = {.start_up_s = overhead.at("start_up_s"),
                                    .scheduling_s = overhead.at("scheduling_s"),
                                    .process_s = overhead.at("process_s"),
                                    .straggler_s = overhead.at("straggler_s"),
                                    .merge_s = overhead.at("merge_s")}};
  for (const Json& node : json.at("nodes")) {
    record.nodes.push_back({.name = node.at("node"),
                            .shards = node.at("shards"),
                            .images = node.at("images"),
                            .busy_s = node.at("busy_s"),
                            .share = node.at("share"),
                            .busy = node.at("busy")});
  }
  double work_s = 0;
  for (const Json& run : json.at("shard_runs")) work_s += run.at("work_s").get<double>();
  record.work_s = work_s / static_cast<double>(std::max<std::size_t>(record.nodes.size(), 1));
  return record;
}

}  // namespace

Result<ClusterRecord> read_cluster_record(const std::filesystem::path& file) {
  const auto json = read_json(file, "imagemill-cluster 1", "record of a run on a cluster");
  if (!json) return tl::make_unexpected(json.error());
  try {
    return record_of(*json);
  } catch (const Json::exception& error) {
    return failure("corrupt", "'" + file.string() + "' lacks a part: " + error.what());
  }
}

}  // namespace imagemill
