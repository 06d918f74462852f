#include "cli/profile_text.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "cli/terminal.h"

namespace imagemill::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string percent_or_none(const std::optional<double>& share) {
  return share ? percent(*share) : "–";
}

// How many executions there were at once, over the run: a column for each 30th of it, full where
// the stage was at its limit.
std::string bars(const std::vector<double>& at_once, double most) {
  static constexpr std::array<const char*, 9> kBars = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr std::size_t kColumns = 30;
  std::string text;
  for (std::size_t column = 0; column < kColumns; ++column) {
    const std::size_t first = column * at_once.size() / kColumns;
    const std::size_t next = (column + 1) * at_once.size() / kColumns;
    double sum = 0;
    for (std::size_t i = first; i < next; ++i) sum += at_once[i];
    const double share = next > first ? sum / static_cast<double>(next - first) / most : 0;
    const double height = share > 0 ? std::max(1.0, std::round(8 * share)) : 0;
    text += kBars[static_cast<std::size_t>(std::min(8.0, height))];
  }
  return text;
}

std::string stages_table(const Profile& profile) {
  Rows rows = {{"stage", "visits", "limit", "p50", "p90", "p99", "on CPU", "blocked", "in use",
                "in", "out", "over the run"}};
  for (const StageProfile& stage : profile.stages) {
    if (stage.visits == 0) continue;
    const auto count = static_cast<double>(stage.visits);
    rows.push_back(
        {stage.node, std::to_string(stage.visits),
         stage.limit > 0 ? std::to_string(stage.limit) : "–", duration(stage.service.quantile(0.5)),
         duration(stage.service.quantile(0.9)), duration(stage.service.quantile(0.99)),
         duration(stage.cpu_s / count), duration(stage.blocked_s / count),
         percent(stage.utilisation),
         stage.bytes_in > 0 ? byte_count(static_cast<double>(stage.bytes_in)) : "",
         stage.bytes_out > 0 ? byte_count(static_cast<double>(stage.bytes_out)) : "",
         bars(stage.times.mean_at_once, stage.limit > 0 ? stage.limit : profile.workers)});
  }
  return table(rows);
}

std::string waits_table(const Profile& profile) {
  Rows rows = {{"waits, of a visit", "own limit", "no worker", "partner", "to begin"}};
  for (const StageProfile& stage : profile.stages) {
    if (stage.visits == 0 || &stage == &profile.stages.front()) continue;
    const auto count = static_cast<double>(stage.visits);
    const Waits& waits = stage.times.waits;
    rows.push_back({stage.node, stage.limit > 0 ? duration(waits.limit_s / count) : "–",
                    stage.on_workers ? duration(waits.workers_s / count) : "–",
                    duration(waits.partners_s / count), duration(waits.scheduler_s / count)});
  }
  const auto items = static_cast<double>(std::max<std::uint64_t>(profile.items, 1));
  return table(rows) +
         fmt::format("An item waits {} for its turn to be admitted, {} for memory or a place.\n",
                     duration(profile.turn_s / items), duration(profile.admission_s / items));
}

std::string fractions_table(const Profile& profile) {
  Rows rows = {{"serial", "alone", "of the wall", "capacity", "caps at"}};
  for (const StageProfile& stage : profile.stages) {
    if (stage.visits == 0) continue;
    rows.push_back({stage.node, percent_or_none(stage.exclusive_fraction),
                    percent_or_none(stage.exclusive_share_of_wall),
                    percent_or_none(stage.capacity_fraction),
                    stage.capacity_fraction && *stage.capacity_fraction > 0
                        ? fmt::format("{:.1f} ×", 1 / *stage.capacity_fraction)
                        : "–"});
  }
  return table(rows);
}

std::string idle_text(const Profile& profile, const IdleTime& idle) {
  const std::string node = "'" + profile.stages[idle.node].node + "'";
  switch (idle.cause) {
    case Idle::limit:
      return "idle: the limit of " + node;
    case Idle::memory:
      return "idle: no memory for the next item";
    case Idle::in_flight:
      return "idle: as many items in flight as may be";
    case Idle::source:
      return "idle: waiting for " + node;
    case Idle::listing:
      return "idle: nothing known to read";
    case Idle::tail:
      return "idle: nothing left to read";
    case Idle::calibration:
      return "idle: kept waiting to calibrate";
    case Idle::scheduler:
      break;
  }
  return "idle: work not yet begun";
}

// Where the worker-seconds went: what the work would have taken at one worker, what it took longer,
// and why workers were idle.
std::string worker_table(const Profile& profile) {
  const double all = profile.worker_seconds();
  const auto number = [](double s) { return fmt::format("{:.2f}", s); };
  const bool calibrated =
      std::any_of(profile.stages.begin(), profile.stages.end(),
                  [](const auto& stage) { return stage.inflation.has_value(); });
  Rows rows = {{"worker-seconds", "", ""}};
  if (calibrated)
    rows.front().insert(rows.front().end(), {"at one worker", "longer by", "factor (95 %)"});
  const auto add = [&](const std::string& what, double s) {
    rows.push_back({what, number(s), percent(s / all)});
  };
  double alone = 0;
  double longer = 0;
  for (const StageProfile& stage : profile.stages) {
    if (!stage.on_workers || stage.service_s <= 0) continue;
    add("busy: '" + stage.node + "'", stage.service_s);
    alone += stage.alone_s();
    longer += stage.service_s - stage.alone_s();
    if (!calibrated) continue;
    if (const auto& inflation = stage.inflation) {
      rows.back().insert(rows.back().end(),
                         {number(stage.alone_s()), number(stage.service_s - stage.alone_s()),
                          fmt::format("{:.2f} ({:.2f}–{:.2f})", inflation->factor, inflation->low,
                                      inflation->high)});
    } else {
      rows.back().insert(rows.back().end(), {"–", "–", "–"});
    }
  }
  double setup = 0;
  for (const StageProfile& stage : profile.stages) setup += stage.on_workers * stage.setup_s;
  if (setup > 0) add("busy: making codecs and fonts", setup);
  for (const IdleTime& idle : profile.timeline.idle) add(idle_text(profile, idle), idle.seconds);
  add(fmt::format("{} × {:.2f} s", profile.workers, profile.wall_s), all);
  if (calibrated) rows.back().insert(rows.back().end(), {number(alone + setup), number(longer)});
  for (std::vector<std::string>& row : rows) row.resize(rows.front().size());
  std::string text = table(rows);
  if (profile.timeline.solo_s > 0) {
    text += fmt::format("{} of the run had one worker at a time, to tell what work takes alone.\n",
                        duration(profile.timeline.solo_s));
  }
  return text;
}

std::string sizes_table(const Profile& profile) {
  Rows rows = {{"megapixels", "items", "of them all", "time", "a megapixel", "alone"}};
  double all = 0;
  for (const SizeClass& size : profile.sizes) all += size.worker_s;
  for (const SizeClass& size : profile.sizes) {
    rows.push_back({std::isinf(size.to_megapixels)
                        ? fmt::format("over {}", size.from_megapixels)
                        : fmt::format("{} to {}", size.from_megapixels, size.to_megapixels),
                    std::to_string(size.items), fmt::format("{:.1f} MP", size.megapixels),
                    percent(all > 0 ? size.worker_s / all : 0),
                    duration(size.megapixels > 0 ? size.worker_s / size.megapixels : 0),
                    percent(size.exclusive_s / profile.wall_s)});
  }
  return table(rows);
}

}  // namespace

std::string profile_text(const Profile& profile) {
  std::string text = stages_table(profile) + "\n" + waits_table(profile) + "\n" +
                     fractions_table(profile) + "\n" + worker_table(profile) + "\n" +
                     sizes_table(profile) + "\n";
  text += fmt::format(
      "{} images in {}: {:.1f} images/s. Start-up took {} of CPU. Of {} of CPU in the run the "
      "stages account for {}; {} is the engine, the listing and the kernel.\n",
      profile.items, duration(profile.wall_s), profile.images_per_s, duration(profile.start_up_s),
      duration(profile.process_cpu_s), duration(profile.stages_cpu_s),
      percent(std::max(0.0, profile.unexplained_cpu())));
  if (profile.lost_visits > 0) {
    text += fmt::format("{} executions could not be recorded: the temporary folder is full.\n",
                        profile.lost_visits);
  }
  for (const std::string& sentence : verdict(profile)) text += wrapped(sentence, 0);
  return text;
}

}  // namespace imagemill::cli
