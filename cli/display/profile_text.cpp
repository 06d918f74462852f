#include "cli/display/profile_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <fmt/format.h>

namespace imagemill::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string percent_or_none(const std::optional<double>& share) {
  return share ? percent(*share) : "–";
}

// `values` reduced to `columns` numbers, each the mean of its part.
std::vector<double> means(const std::vector<double>& values, std::size_t columns) {
  std::vector<double> result(columns);
  for (std::size_t column = 0; column < columns; ++column) {
    const std::size_t first = column * values.size() / columns;
    const std::size_t next = std::max((column + 1) * values.size() / columns, first + 1);
    for (std::size_t i = first; i < std::min(next, values.size()); ++i) result[column] += values[i];
    result[column] /= static_cast<double>(next - first);
  }
  return result;
}

// Bar chart over the run of executions at once; a full bar is the limit of the stage.
std::string at_once(const StageProfile& stage, int workers) {
  constexpr std::size_t kColumns = 30;
  std::vector<double> shares = means(stage.times.mean_at_once, kColumns);
  for (double& share : shares) share /= stage.limit > 0 ? stage.limit : workers;
  return bars(shares);
}

// Bar chart of service times, one bar for each doubling, beginning at the fastest execution.
std::string spread(const Histogram& service) {
  std::vector<double> counts(14);
  const std::vector<Histogram::Bucket> buckets = service.buckets();
  double most = 0;
  for (const Histogram::Bucket& bucket : buckets) {
    const double doublings = std::log2(bucket.to_s / buckets.front().to_s);
    double& count = counts[std::min(static_cast<std::size_t>(doublings), counts.size() - 1)];
    count += static_cast<double>(bucket.count);
    most = std::max(most, count);
  }
  for (double& count : counts) count /= most;
  return bars(counts);
}

std::string stages_table(const Profile& profile, int columns, Colour colour) {
  // A stage in use this much is nearly always busy: the others may be waiting for it.
  constexpr double kInUse = 0.85;
  Rows rows = {{"stage", "visits", "limit", "p50", "p90", "p99", "on CPU", "blocked", "in use",
                "in", "out", "spread", "over the run"}};
  std::set<std::size_t> in_use;
  for (const StageProfile& stage : profile.stages) {
    if (stage.visits == 0) continue;
    if (stage.utilisation >= kInUse) in_use.insert(rows.size());
    const auto count = static_cast<double>(stage.visits);
    rows.push_back({stage.node, std::to_string(stage.visits),
                    stage.limit > 0 ? std::to_string(stage.limit) : "–",
                    duration(stage.service.quantile(0.5)), duration(stage.service.quantile(0.9)),
                    duration(stage.service.quantile(0.99)), duration(stage.cpu_s / count),
                    duration(stage.blocked_s / count), percent(stage.utilisation),
                    stage.bytes_in > 0 ? byte_count(static_cast<double>(stage.bytes_in)) : "",
                    stage.bytes_out > 0 ? byte_count(static_cast<double>(stage.bytes_out)) : "",
                    spread(stage.service), at_once(stage, profile.workers)});
  }
  std::string legend =
      "spread: each column is twice the time of the one before; over the run: executions at once, "
      "full at the limit\n";
  for (int pictures = 2; pictures > 0; --pictures) {
    if (table_width(rows) <= columns) break;
    for (auto& row : rows) row.pop_back();
    legend.clear();
  }
  return table(rows, {.colour = colour, .warned = in_use}) +
         emphasised(legend, Emphasis::faint, colour);
}

std::string waits_table(const Profile& profile, Colour colour) {
  const bool phases = profile.timeline.solo_s > 0;
  Rows rows = {{"waits, of a visit", "partner", "own limit", "no worker", "to begin"}};
  if (phases) rows.front().insert(rows.front().end() - 1, "phases");
  for (const StageProfile& stage : profile.stages) {
    if (stage.visits == 0 || &stage == &profile.stages.front()) continue;
    const auto count = static_cast<double>(stage.visits);
    const Waits& waits = stage.times.waits;
    std::vector<std::string>& row = rows.emplace_back();
    row = {stage.node, duration(waits.partners_s / count),
           stage.limit > 0 ? duration(waits.limit_s / count) : "–",
           stage.on_workers ? duration(waits.workers_s / count) : "–",
           duration(waits.scheduler_s / count)};
    if (!phases) continue;
    row.insert(row.end() - 1, stage.on_workers ? duration(waits.calibration_s / count) : "–");
  }
  const auto items = static_cast<double>(std::max<std::uint64_t>(profile.items, 1));
  return table(rows, {.colour = colour}) +
         fmt::format("An item waits {} for its turn to be admitted, {} for memory or a place.\n",
                     duration(profile.turn_s / items), duration(profile.admission_s / items));
}

std::string fractions_table(const Profile& profile, Colour colour) {
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
  return table(rows, {.colour = colour});
}

std::string idle_text(const Profile& profile, const IdleTime& idle) {
  const std::string node = "'" + profile.stages[idle.node].node + "'";
  switch (idle.cause) {
    case Idle::limit:
      return "idle: the limit of " + node;
    case Idle::memory:
      return "idle: no memory for the next item";
    case Idle::in_flight:
      return "idle: the limit of items in flight";
    case Idle::source:
      return "idle: waiting for " + node;
    case Idle::listing:
      return "idle: waiting for the listing";
    case Idle::tail:
      return "idle: nothing left to read";
    case Idle::calibration:
      return "idle: calibration";
    case Idle::scheduler:
      break;
  }
  return "idle: work not yet begun";
}

// Table of worker-seconds: time of the work at one worker, time added beside other work, and idle
// time by cause.
std::string worker_table(const Profile& profile, Colour colour) {
  constexpr double kWorthShowing = 0.0005;
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
  for (const IdleTime& idle : profile.timeline.idle) {
    if (idle.seconds >= kWorthShowing * all) add(idle_text(profile, idle), idle.seconds);
  }
  add(fmt::format("{} × {:.2f} s", profile.workers, profile.wall_s), all);
  if (calibrated) rows.back().insert(rows.back().end(), {number(alone + setup), number(longer)});
  for (std::vector<std::string>& row : rows) row.resize(rows.front().size());
  std::string text = table(rows, {.colour = colour});
  if (profile.timeline.solo_s > 0) {
    text += fmt::format(
        "For {} of the run one worker was at work at a time: {} what work takes alone.\n",
        duration(profile.timeline.solo_s), calibrated ? "that tells" : "too little to tell");
  }
  return text;
}

std::string sizes_table(const Profile& profile, Colour colour) {
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
  return table(rows, {.colour = colour});
}

}  // namespace

std::string profile_text(const Profile& profile, int columns, Colour colour) {
  std::string text = stages_table(profile, columns, colour) + "\n";
  // A log that lost executions supports only the stage table.
  if (profile.lost_visits == 0) {
    text += waits_table(profile, colour) + "\n" + fractions_table(profile, colour) + "\n" +
            worker_table(profile, colour) + "\n" + sizes_table(profile, colour) + "\n";
  }
  text += wrapped(
      fmt::format(
          "{} images in {}: {:.1f} images/s. Start-up took {} of CPU. Of {} of CPU in the run the "
          "stages account for {}; {} is the engine, the listing and the kernel.",
          profile.items, duration(profile.wall_s), profile.images_per_s,
          duration(profile.start_up_s), duration(profile.process_cpu_s),
          duration(profile.stages_cpu_s), percent(std::max(0.0, profile.unexplained_cpu()))),
      0);
  const std::vector<std::string> sentences = verdict(profile);
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    const std::string sentence = wrapped(sentences[i], 0);
    text += i == 0 ? emphasised(sentence, Emphasis::strong, colour) : sentence;
  }
  return text;
}

}  // namespace imagemill::cli
