#include "graphs/records.h"

#include <nlohmann/json.hpp>

namespace imagemill {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kStatsSchema = "imagemill-stats 1";

const char* name_of(Ending ending) {
  switch (ending) {
    case Ending::complete:
      return "complete";
    case Ending::on_error:
      return "on_error";
    case Ending::outside:
      return "outside";
    case Ending::stopped:
      break;
  }
  return "stopped";
}

double seconds(std::int64_t ns) { return static_cast<double>(ns) * 1e-9; }

// File names need not be UTF-8; JSON must be.
std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json stage_json(const StageStats& stage) {
  const StageShard& total = stage.total;
  Json json = {{"node", stage.node},
               {"type", stage.type},
               {"concurrency", stage.concurrency},
               {"count", total.count},
               {"failed", total.failed},
               {"skipped", total.skipped},
               {"service_s", seconds(total.service_ns)},
               {"service_p50_s", total.service.quantile(0.5)},
               {"service_p90_s", total.service.quantile(0.9)},
               {"service_p99_s", total.service.quantile(0.99)},
               {"cpu_s", seconds(total.cpu_ns)},
               {"queue_wait_s", seconds(total.queue_wait_ns)},
               {"setup_s", seconds(total.setup_ns)},
               {"utilisation", stage.utilisation},
               {"bytes_in", total.bytes_in},
               {"bytes_out", total.bytes_out}};
  if (total.skipped > 0) json["skip_reason"] = stage.skip_reason;
  return json;
}

Json items_json(const ItemCounts& items) {
  return {{"admitted", items.admitted},
          {"ok", items.ok},
          {"skipped", items.skipped},
          {"failed", items.failed},
          {"cancelled", items.cancelled}};
}

}  // namespace

std::string summary_line(const RunResult& result) {
  const RunReport& report = result.report;
  return dump({{"schema", "imagemill-summary 1"},
               {"ending", name_of(result.ending)},
               {"cause", result.cause},
               {"items", items_json(report.items)},
               {"ignored_files", report.ignored},
               {"done_before", report.items.settled},
               {"outputs_removed", report.removed},
               {"wall_s", report.wall_s},
               {"images_per_s", report.images_per_s()}},
              -1);
}

std::string stats_json(const RunReport& report) {
  Json formats = Json::object();
  for (const auto& [format, memory] : report.formats) {
    formats[format] = {{"items", memory.items}, {"largest_estimate_bytes", memory.estimate_bytes}};
    if (report.measured_items) formats[format]["largest_actual_bytes"] = memory.actual_bytes;
  }
  Json stages = Json::array();
  for (const StageStats& stage : report.stages) stages.push_back(stage_json(stage));
  const Json json = {{"schema", kStatsSchema},
                     {"executor", report.executor},
                     {"workers", report.workers},
                     {"items", items_json(report.items)},
                     {"ignored_files", report.ignored},
                     {"done_before", report.items.settled},
                     {"outputs_removed", report.removed},
                     {"wall_s", report.wall_s},
                     {"images_per_s", report.images_per_s()},
                     {"peak_rss_bytes", report.peak_rss_bytes},
                     {"memory",
                      {{"limit_bytes", report.memory_limit_bytes},
                       {"peak_estimate_bytes", report.memory_peak_bytes},
                       {"largest_item_bytes", report.largest_item_bytes},
                       {"admission_wait_s", report.admission_wait_s},
                       {"formats", std::move(formats)}}},
                     {"stages", std::move(stages)}};
  return dump(json, 2);
}

Result<std::map<std::string, StageFigures>> read_stats(const std::filesystem::path& file) {
  const auto text = read_file(FileSystem::real(), file);
  if (!text) {
    Error error = text.error();
    error.message = "cannot read '" + file.string() + "': " + error.message;
    return tl::make_unexpected(std::move(error));
  }
  const Json json = Json::parse(*text, nullptr, false);
  const auto refuse = [&] {
    return failure("malformed", "'" + file.string() + "' is not what run --stats writes");
  };
  if (!json.is_object() || json.value("schema", Json()) != kStatsSchema) return refuse();
  std::map<std::string, StageFigures> figures;
  try {
    for (const Json& stage : json.at("stages")) {
      figures[stage.at("node").get<std::string>()] = {stage.at("count").get<std::uint64_t>(),
                                                      stage.at("service_p50_s").get<double>(),
                                                      stage.at("utilisation").get<double>()};
    }
  } catch (const Json::exception&) {
    return refuse();
  }
  return figures;
}

std::string failures_heading() { return dump({{"schema", "imagemill-failures 1"}}, -1); }

std::string failure_line(const Error& error) {
  return dump({{"item", error.item},
               {"node", error.node},
               {"code", error.code},
               {"message", error.message}},
              -1);
}

Result<FailureLog> FailureLog::create(const std::filesystem::path& file) {
  FailureLog log;
  log.file_ = file;
  log.stream_.open(file, std::ios::binary | std::ios::app);
  if (!log.stream_) return failure("io_error", "cannot write '" + file.string() + "'");
  return log;
}

void FailureLog::begin() {
  if (begun_) return;
  begun_ = true;
  stream_.close();
  stream_.open(file_, std::ios::binary | std::ios::trunc);
  stream_ << failures_heading() << std::flush;
}

void FailureLog::discard() {
  stream_.close();
  std::error_code error;
  if (std::filesystem::file_size(file_, error) == 0 && !error) {
    std::filesystem::remove(file_, error);
  }
}

void FailureLog::add(const Error& error) {
  begin();
  stream_ << failure_line(error) << std::flush;
}

Result<void> FailureLog::finish() {
  begin();
  stream_.close();
  if (!stream_) return failure("io_error", "cannot write '" + file_.string() + "'");
  return {};
}

}  // namespace imagemill
