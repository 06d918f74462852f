// Findings of a scaling study, in sentences.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "engine/base/text.h"
#include "graphs/study/scale.h"

namespace imagemill {
namespace {

std::string percent(double share) { return fmt::format("{:.0f} %", 100 * share); }

std::string way_of(const ScalePoint& point) {
  if (point.mode == "serial") return "the serial run";
  if (point.cluster) {
    const std::size_t processes = point.cluster->nodes.size();
    return fmt::format("{} in {} {}", number_of(point.workers, "worker"), processes,
                       processes == 1 ? "process" : "processes");
  }
  return number_of(point.workers, "worker");
}

std::string reason_of(const ScalePoint& point, const ScalingLoss& loss) {
  const std::string node = "'" + point.profile.stages[loss.node].node + "'";
  if (loss.by == ScalingLoss::By::inflation) return node + " taking longer beside other work";
  switch (loss.cause) {
    case Idle::limit:
      return "workers that waited for the limit of " + node;
    case Idle::memory:
      return "workers without memory for the next image";
    case Idle::in_flight:
      return "workers while no more images could be in flight";
    case Idle::source:
      return "workers that waited for " + node;
    case Idle::listing:
      return "workers that waited for the listing of the input";
    case Idle::tail:
      return "workers without an image while the last ones ended";
    case Idle::calibration:
    case Idle::scheduler:
      break;
  }
  return "work that was handed on late";
}

std::string fastest(const ScaleStudy& study) {
  const ScalePoint& best = study.best();
  const Estimate range = study.speedup_range(best);
  std::string text = fmt::format(
      "{} {} enough: {:.1f} images/s, {:.2f} times the serial run ({:.2f} to {:.2f} over "
      "the repeats).",
      capitalised(way_of(best)), best.mode == "serial" || best.workers == 1 ? "is" : "are",
      study.images_per_s(best), range.value, range.low, range.high);
  return text;
}

// Losses of a point in a sentence, largest first.
std::string lost(const ScaleStudy& study, const ScalePoint& point) {
  constexpr double kWorthSaying = 0.01;  // fraction of all worker-seconds
  constexpr std::size_t kReasons = 3;
  const double all = point.profile.worker_seconds();
  std::string text;
  std::size_t said = 0;
  for (const ScalingLoss& loss : study.losses(point)) {
    if (said == kReasons || loss.worker_s < kWorthSaying * all) break;
    text += fmt::format("{}{} to {}", said == 0 ? "" : ", ", percent(loss.worker_s / all),
                        reason_of(point, loss));
    ++said;
  }
  if (said == 0) return "";
  text = " Lost worker time: " + text + ".";
  const auto& sizes = point.profile.sizes;
  const auto alone = std::max_element(sizes.begin(), sizes.end(), [](const auto& a, const auto& b) {
    return a.exclusive_s < b.exclusive_s;
  });
  if (alone != sizes.end() && alone->exclusive_s >= 0.02 * point.profile.wall_s) {
    const std::string range =
        std::isinf(alone->to_megapixels)
            ? fmt::format("over {}", alone->from_megapixels)
            : fmt::format("{} to {}", alone->from_megapixels, alone->to_megapixels);
    text +=
        fmt::format(" For {} of the run only one worker was busy, with an image of {} megapixels.",
                    percent(alone->exclusive_s / point.profile.wall_s), range);
  }
  return text;
}

std::string linear(const ScaleStudy& study) {
  const ScalePoint* const leaves = study.leaves_linear();
  const ScalePoint* most = nullptr;
  for (const ScalePoint& point : study.points) {
    if (point.workers < 2 || point.beyond_machine || point.cluster || &point == leaves) continue;
    if (leaves == nullptr || point.workers < leaves->workers) most = &point;
  }
  std::string text;
  if (most != nullptr) {
    text = fmt::format("Up to {} the speed-up is linear (an efficiency of {} or more in a repeat).",
                       way_of(*most), percent(ScaleStudy::kLinear));
  }
  if (leaves == nullptr) {
    return most != nullptr ? text
                           : "No number of workers above one was within this machine's CPUs.";
  }
  const double speedup = study.speedup(*leaves);
  return text + (text.empty() ? "" : " ") +
         fmt::format(
             "With {} the speed-up is no longer linear: {:.2f} times the serial run, "
             "an efficiency of {}.",
             way_of(*leaves), speedup, percent(speedup / leaves->workers)) +
         lost(study, *leaves);
}

std::string serial_fraction(const ScaleStudy& study) {
  std::string text;
  for (const ScalePoint& point : study.points) {
    if (point.workers < 2 || point.beyond_machine || point.cluster) continue;
    text += fmt::format("{}{:.3f} with {}", text.empty() ? "" : ", ",
                        karp_flatt(study.speedup(point), point.workers), point.workers);
  }
  if (text.empty()) return "";
  return "Serial fraction by Karp and Flatt: " + text +
         " (constant: serial work; growing: overhead; below zero: the flow graph with one "
         "worker is faster than the serial run).";
}

// Each distributed point against one process with as many workers, and where the difference went.
std::string distributed(const ScaleStudy& study) {
  std::string text;
  for (const ScalePoint& point : study.points) {
    if (!point.cluster) continue;
    const auto one = std::find_if(study.points.begin(), study.points.end(), [&](const auto& other) {
      return other.mode == "flow" && other.workers == point.workers;
    });
    text += fmt::format("{}With {}: {:.2f} s", text.empty() ? "" : " ", way_of(point),
                        point.median_s());
    if (one != study.points.end()) {
      text += fmt::format(", {} of the rate that one process has",
                          percent(one->median_s() / point.median_s()));
    }
    const ClusterRecord::Overhead& overhead = point.cluster->overhead;
    text += fmt::format(
        ". Time of an average process: work {:.2f} s, start-up {:.2f} s, scheduling {:.2f} s, "
        "beginning and ending {} processes {:.2f} s, waiting for the last one {:.2f} s, "
        "merging {:.2f} s.",
        point.cluster->work_s, overhead.start_up_s, overhead.scheduling_s, point.cluster->shards,
        overhead.process_s, overhead.straggler_s, overhead.merge_s);
  }
  return text;
}

std::string law(const ScaleStudy& study) {
  const auto usl = study.usl();
  if (!usl) {
    return fmt::format(
        "Universal scalability law: not fitted: it needs {} numbers of workers within the "
        "machine's {} CPUs.",
        kUslCounts, study.machine.cpus);
  }
  std::string text = fmt::format(
      "Universal scalability law: σ = {:.4f} ({:.4f} to {:.4f}), κ = {:.6f} ({:.6f} to {:.6f})",
      usl->sigma.value, usl->sigma.low, usl->sigma.high, usl->kappa.value, usl->kappa.low,
      usl->kappa.high);
  const double peak = usl->peak_workers();
  if (std::isinf(peak)) return text + "; no peak.";
  int measured = 1;
  for (const ScalePoint& point : study.points) {
    if (!point.beyond_machine) measured = std::max(measured, point.workers);
  }
  return text + fmt::format("; fastest at {:.0f} workers{}.", peak,
                            peak > measured ? ", by extrapolation" : "");
}

std::string incomplete(const ScaleStudy& study) {
  std::string text;
  if (study.counts.failed > 0) {
    text = fmt::format("{} of {} images failed: `run --failures FILE` names them.",
                       study.counts.failed, study.items);
  }
  for (const ScalePoint& point : study.points) {
    if (point.profile.lost_visits == 0) continue;
    return text + (text.empty() ? "" : " ") +
           "For lack of room for temporary files (TMPDIR) not all executions could be "
           "recorded: the losses cannot be attributed.";
  }
  return text;
}

std::string beyond(const ScaleStudy& study) {
  std::string text;
  for (const ScalePoint& point : study.points) {
    if (point.beyond_machine) text += (text.empty() ? "" : ", ") + std::to_string(point.workers);
  }
  if (text.empty()) return "";
  return fmt::format(
      "More workers than the machine's {} CPUs ({}): measured, but no evidence of scaling.",
      study.machine.cpus, text);
}

std::string same(const ScaleStudy& study) {
  std::size_t runs = 0;
  for (const ScalePoint& point : study.points) runs += point.wall_s.size();
  if (study.different.empty()) {
    return fmt::format("Every output of every run equals the serial run's: {} files, {} runs.",
                       study.outputs, runs);
  }
  return fmt::format("{} outputs differ from the serial run's, first '{}'.", study.different.size(),
                     study.different.front());
}

}  // namespace

std::vector<std::string> findings(const ScaleStudy& study) {
  if (study.items == 0) return {"There was nothing to do."};
  std::vector<std::string> sentences = {fastest(study),     linear(study), serial_fraction(study),
                                        distributed(study), law(study),    beyond(study),
                                        incomplete(study),  same(study)};
  std::erase(sentences, "");
  return sentences;
}

}  // namespace imagemill
