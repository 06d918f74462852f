#include "cli/display/live_stages.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "cli/display/terminal.h"

namespace imagemill::cli {

void LiveStages::look(std::int64_t now_ns) {
  std::vector<ProgressCounters::Standing> now = run_.standings();
  if (now.empty()) return;
  if (standings_.size() != now.size()) {
    begun_ns_ = last_ns_ = now_ns;
    means_.resize(now.size());
    standings_ = std::move(now);
    return;
  }
  const double dt = static_cast<double>(now_ns - last_ns_) * 1e-9;
  if (dt <= 0) return;
  // A plain mean at first; later, samples older than kMeanOver hardly count.
  const double since = static_cast<double>(now_ns - begun_ns_) * 1e-9;
  const double share = std::min(dt / std::min(since, kMeanOver), 1.0);
  for (std::size_t i = 0; i < now.size(); ++i) {
    const double done = static_cast<double>(now[i].done - standings_[i].done);
    Mean& mean = means_[i];
    mean.per_s += share * (done / dt - mean.per_s);
    mean.running += share * (static_cast<double>(now[i].running) - mean.running);
  }
  last_ns_ = now_ns;
  standings_ = std::move(now);
}

std::vector<std::string> LiveStages::lines() const {
  constexpr int kBar = 20;
  if (standings_.empty()) return {};
  std::size_t names = 5;
  for (const auto& standing : standings_) names = std::max(names, width_of(standing.name));
  const auto line = [&](const std::string& name, const std::string& rate, const std::string& in_use,
                        const std::string& waiting, const std::string& running) {
    return fmt::format("{}{}  {:>9}  {}  {:>8}  {:>8}", name,
                       std::string(names - width_of(name), ' '), rate, in_use, waiting, running);
  };
  std::vector<std::string> lines = {
      line("stage", "a second", fmt::format("{:<{}}", "in use", kBar + 6), "waiting", "at work")};
  for (std::size_t i = 0; i < standings_.size(); ++i) {
    const ProgressCounters::Standing& standing = standings_[i];
    const double in_use = std::min(means_[i].running / standing.limit, 1.0);
    const int filled = static_cast<int>(std::lround(in_use * kBar));
    std::string bar;
    for (int column = 0; column < kBar; ++column) bar += column < filled ? "█" : "░";
    lines.push_back(line(standing.name, fmt::format("{:.1f}", means_[i].per_s),
                         fmt::format("{} {:3.0f} %", bar, 100 * in_use),
                         std::to_string(standing.waiting),
                         fmt::format("{}/{}", standing.running, standing.limit)));
  }
  return lines;
}

}  // namespace imagemill::cli
