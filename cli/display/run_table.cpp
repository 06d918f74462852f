#include "cli/display/run_table.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/display/terminal.h"
#include "engine/base/text.h"
#include "graphs/profile/bottleneck.h"

namespace imagemill::cli {
namespace {

double seconds(std::int64_t ns) { return static_cast<double>(ns) * 1e-9; }

std::string counted(std::uint64_t count, std::string_view what) {
  return number_of(static_cast<std::int64_t>(count), what);
}

constexpr std::size_t kKindsShown = 5;

// ": 12 .txt, 3 .webp and others", the most frequent first.
std::string kinds_text(const std::map<std::string, std::uint64_t>& kinds) {
  std::vector<std::pair<std::string, std::uint64_t>> sorted(kinds.begin(), kinds.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (std::size_t i = 0; i < std::min(sorted.size(), kKindsShown); ++i) {
    text += fmt::format("{}{} {}", i == 0 ? ": " : ", ", sorted[i].second,
                        sorted[i].first.empty() ? "without extension" : printable(sorted[i].first));
  }
  return sorted.size() > kKindsShown ? text + " and others" : text;
}

}  // namespace

std::string summary(const RunReport& report, const std::map<std::string, std::uint64_t>& kinds) {
  double cpu_s = 0;
  for (const StageStats& stage : report.stages) cpu_s += seconds(stage.total.cpu_ns);

  std::vector<std::vector<std::string>> rows = {
      {"stage", "count", "conc.", "p50", "p99", "CPU", "busy", "wait", "in", "out"}};
  for (const StageStats& stage : report.stages) {
    const StageShard& total = stage.total;
    const auto executions = static_cast<double>(std::max<std::uint64_t>(total.count, 1));
    rows.push_back({printable(stage.node), std::to_string(total.count),
                    std::to_string(stage.concurrency), duration(total.service.quantile(0.5)),
                    duration(total.service.quantile(0.99)),
                    fmt::format("{:.0f} %", cpu_s > 0 ? 100 * seconds(total.cpu_ns) / cpu_s : 0),
                    fmt::format("{:.0f} %", 100 * stage.utilisation),
                    duration(seconds(total.queue_wait_ns) / executions),
                    total.bytes_in > 0 ? byte_count(static_cast<double>(total.bytes_in)) : "",
                    total.bytes_out > 0 ? byte_count(static_cast<double>(total.bytes_out)) : ""});
  }

  std::string notes;
  for (const StageStats& stage : report.stages) {
    if (stage.total.skipped == 0) continue;
    notes += fmt::format("{} skipped at '{}' ({})\n", stage.total.skipped, printable(stage.node),
                         printable(stage.skip_reason));
  }

  const ItemCounts& items = report.items;
  std::string counts = fmt::format("{} ok", items.ok);
  if (items.skipped > 0) counts += fmt::format(", {} skipped", items.skipped);
  if (items.settled > 0) counts += fmt::format(" ({} done before)", items.settled);
  if (items.failed > 0) counts += fmt::format(", {} failed", items.failed);
  if (items.cancelled > 0) counts += fmt::format(", {} cancelled", items.cancelled);
  if (report.ignored > 0) {
    counts += "; " + counted(report.ignored, "other file") + " ignored" + kinds_text(kinds);
  }
  if (report.removed > 0) {
    notes += fmt::format("{} removed that this graph no longer makes\n",
                         counted(report.removed, "output"));
  }
  if (report.former > report.removed) {
    notes += fmt::format("{} left that this graph no longer makes\n",
                         counted(report.former - report.removed, "output"));
  }
  for (const auto& [code, loss] : report.losses) {
    notes += fmt::format("{}: {}; the first: {}\n", counted(loss.items, "image"),
                         printable(loss.meaning), printable(loss.example));
  }
  return table(rows) +
         fmt::format("{} in {}: {:.1f} images/s ({}; {} {} workers, peak memory {})\n",
                     counted(items.ended(), "image"), duration(report.wall_s),
                     report.images_per_s(), counts, report.executor, report.workers,
                     byte_count(static_cast<double>(report.peak_rss_bytes))) +
         notes + bottleneck(report) + "\n";
}

std::string done_before(const Summary& summary) {
  const ItemCounts& items = summary.items;
  return fmt::format("shard {} has been done: {} images, {} failed\n",
                     TextValue<Shard>::format(summary.shard->shard), items.admitted, items.failed);
}

}  // namespace imagemill::cli
