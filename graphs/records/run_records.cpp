#include "graphs/records/run_records.h"

#include <cerrno>
#include <cmath>

#include <fcntl.h>
#include <unistd.h>

#include "graphs/records/json.h"
#include "graphs/records/record_file.h"

namespace imagemill {
namespace {

constexpr const char* kStatsSchema = "imagemill-stats 1";

double seconds(std::int64_t ns) { return static_cast<double>(ns) * 1e-9; }

std::int64_t nanoseconds(double s) { return std::llround(s * 1e9); }

Histogram histogram_of(const Json& json) {
  Histogram histogram;
  for (const Json& bucket : json) {
    const double middle = (bucket.at(0).get<double>() + bucket.at(1).get<double>()) / 2;
    histogram.add(nanoseconds(middle), bucket.at(2));
  }
  return histogram;
}

StageStats stage_of(const Json& json) {
  StageStats stage{.node = json.at("node"),
                   .type = json.at("type"),
                   .on_workers = json.at("on_workers"),
                   .concurrency = json.at("concurrency"),
                   .total = {.count = json.at("count"),
                             .failed = json.at("failed"),
                             .skipped = json.at("skipped"),
                             .service_ns = nanoseconds(json.at("service_s")),
                             .cpu_ns = nanoseconds(json.at("cpu_s")),
                             .queue_wait_ns = nanoseconds(json.at("queue_wait_s")),
                             .setup_ns = nanoseconds(json.at("setup_s")),
                             .bytes_in = json.at("bytes_in"),
                             .bytes_out = json.at("bytes_out"),
                             .service = histogram_of(json.at("service_histogram"))},
                   .skip_reason = json.value("skip_reason", ""),
                   .utilisation = json.at("utilisation")};
  stage.total.cpu_of_ns = stage.total.service_ns;
  return stage;
}

RunReport report_of(const Json& json) {
  RunReport report{.items = items_of(json.at("items")),
                   .ignored = json.at("ignored_files"),
                   .removed = json.at("outputs_removed"),
                   .losses = losses_of(json.value("losses", Json::array())),
                   .wall_s = json.at("wall_s"),
                   .workers = json.at("workers"),
                   .executor = json.at("executor"),
                   .peak_rss_bytes = json.at("peak_rss_bytes"),
                   .formats = {},
                   .stages = {}};
  report.items.settled = json.at("done_before");
  const Json& memory = json.at("memory");
  report.memory_limit_bytes = memory.at("limit_bytes");
  report.memory_peak_bytes = memory.at("peak_estimate_bytes");
  report.largest_item_bytes = memory.at("largest_item_bytes");
  report.admission_wait_s = memory.at("admission_wait_s");
  for (const auto& [format, of] : memory.at("formats").items()) {
    report.measured_items = report.measured_items || of.contains("largest_actual_bytes");
    report.formats[format] = {.items = of.at("items"),
                              .estimate_bytes = of.at("largest_estimate_bytes"),
                              .actual_bytes = of.value("largest_actual_bytes", std::uint64_t{0})};
  }
  for (const Json& stage : json.at("stages")) report.stages.push_back(stage_of(stage));
  return report;
}

Json stage_json(const StageStats& stage) {
  const StageShard& total = stage.total;
  Json json = {{"node", stage.node},
               {"type", stage.type},
               {"on_workers", stage.on_workers},
               {"concurrency", stage.concurrency},
               {"count", total.count},
               {"failed", total.failed},
               {"skipped", total.skipped},
               {"service_s", seconds(total.service_ns)},
               {"service_p50_s", total.service.quantile(0.5)},
               {"service_p90_s", total.service.quantile(0.9)},
               {"service_p99_s", total.service.quantile(0.99)},
               {"service_histogram", histogram_json(total.service)},
               {"cpu_s", seconds(total.cpu_ns)},
               {"queue_wait_s", seconds(total.queue_wait_ns)},
               {"setup_s", seconds(total.setup_ns)},
               {"utilisation", stage.utilisation},
               {"bytes_in", total.bytes_in},
               {"bytes_out", total.bytes_out}};
  if (total.skipped > 0) json["skip_reason"] = stage.skip_reason;
  return json;
}

}  // namespace

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
                     {"losses", losses_json(report.losses)},
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
  return text_of(json);
}

Result<RunReport> read_report(const std::filesystem::path& file) {
  const auto json = read_json(file, kStatsSchema, "stats");
  if (!json) return tl::make_unexpected(json.error());
  try {
    return report_of(*json);
  } catch (const Json::exception& error) {
    return failure("corrupt", "'" + file.string() + "' lacks a part: " + error.what());
  }
}

std::string failures_heading() { return line_of({{"schema", "imagemill-failures 1"}}); }

std::string failure_line(const Error& error) {
  return line_of({{"item", error.item},
                  {"node", error.node},
                  {"code", error.code},
                  {"message", error.message}});
}

std::string losses_heading() { return line_of({{"schema", "imagemill-losses 1"}}); }

std::string loss_line(const Loss& loss, const std::string& item) {
  return line_of(
      {{"item", item}, {"node", loss.node}, {"code", loss.kind.code}, {"message", loss.message}});
}

std::string failure_text(const std::string& line) {
  try {
    const Json json = Json::parse(line);
    const std::string code = json.at("code");
    Error error(code, json.at("message"));
    error.node = json.at("node");
    error.item = json.at("item");
    return to_string(error);
  } catch (const Json::exception&) {
    return line;
  }
}

Result<ItemLog> ItemLog::create(const std::filesystem::path& file, std::string heading) {
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC;
  ItemLog log;
  log.file_ = file;
  log.heading_ = std::move(heading);
  log.is_special_ = is_special(file);
  if (log.is_special_) {
    log.to_ = open_special(file);
  } else {
    log.to_ = Descriptor(::open(file.c_str(), kFlags | O_EXCL, 0666));
    log.is_made_ = log.to_.is_open();
    if (!log.is_made_ && errno == EEXIST) log.to_ = Descriptor(::open(file.c_str(), kFlags, 0666));
  }
  if (!log.to_.is_open()) return write_failure("cannot write '" + file.string() + "'", errno);
  return log;
}

void ItemLog::begin() {
  if (begun_) return;
  begun_ = true;
  if (!is_special_ && ::ftruncate(to_.get(), 0) != 0) error_ = errno;
  write(heading_);
}

void ItemLog::write(const std::string& text) {
  if (error_ == 0) error_ = write_all(to_.get(), text.data(), text.size());
}

void ItemLog::discard() {
  to_ = Descriptor();
  if (is_made_ && !begun_) ::unlink(file_.c_str());
}

void ItemLog::add(const std::string& line) {
  begin();
  write(line);
}

Result<void> ItemLog::finish() {
  begin();
  const int closed = to_.close();
  if (error_ == 0) error_ = closed;
  if (error_ == 0) return {};
  return write_failure("cannot write '" + file_.string() + "'", error_);
}

}  // namespace imagemill
