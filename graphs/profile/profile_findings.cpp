// Verdict on a profiled run: what limits it, and what would help; and its bounds.
#include <algorithm>

#include <fmt/format.h>

#include "engine/base/text.h"
#include "graphs/profile/profile.h"

namespace imagemill {
namespace {

constexpr double kAlways =
    0.85;  // fraction of the time; 1 is out of reach, as a run fills and drains
constexpr double kWorthSaying = 0.01;  // smallest gain, relative, that is worth a sentence

std::string percent(double share) { return fmt::format("{:.0f} %", 100 * share); }

std::string quoted(const StageProfile& stage) { return "'" + stage.node + "'"; }

const StageProfile& heaviest(const Profile& profile) {
  return *std::max_element(profile.stages.begin(), profile.stages.end(),
                           [](const StageProfile& a, const StageProfile& b) {
                             return a.on_workers * a.service_s < b.on_workers * b.service_s;
                           });
}

std::string limit_of(const StageProfile& stage) {
  return stage.on_workers ? fmt::format("concurrency of {}", stage.limit)
                          : number_of(stage.limit, "thread");
}

// The limit of a run, as a sentence.
struct Limit {
  std::string sentence;
  // Cause of idle workers, if that is the limit; nullopt if a bound is.
  std::optional<IdleTime> cause = {};
};

Limit find_limit(const Profile& profile) {
  const double all = profile.worker_seconds() - profile.calibration_s();
  const double busy = profile.timeline.busy_s() / all;
  const StageProfile& most = heaviest(profile);
  const std::string idle = percent(1 - busy);
  const auto by_limit = [&](const StageProfile& stage, double for_want) {
    return Limit{fmt::format(
        "Limited by {}: its {} {} in use {} of the time; the workers are idle {} of the time, "
        "{} because of that limit.",
        quoted(stage), limit_of(stage), stage.limit == 1 ? "is" : "are", percent(stage.utilisation),
        idle, percent(for_want))};
  };
  std::vector<IdleTime> idle_times = profile.timeline.idle;
  std::erase_if(idle_times, [](const IdleTime& time) { return time.cause == Idle::calibration; });
  const auto idle_for = [&](std::size_t node) {
    double seconds = 0;
    for (const IdleTime& time : idle_times) {
      if (time.cause == Idle::limit && time.node == node) seconds += time.seconds;
    }
    return seconds / all;
  };
  const Bound& bound = profile.bounds.front();
  if (profile.uncalibrated_images_per_s() >= kAlways * bound.items_per_s || idle_times.empty()) {
    if (bound.by == Bound::By::limit) {
      return by_limit(profile.stages[bound.node], idle_for(bound.node));
    }
    return {fmt::format("Limited by the workers: {} {} busy {} of the time, {} of that in {}.",
                        profile.workers, profile.workers == 1 ? "is" : "are", percent(busy),
                        percent(most.service_s / profile.timeline.busy_s()), quoted(most))};
  }
  const IdleTime& cause = idle_times.front();
  const double share = cause.seconds / all;
  const StageProfile& stage = profile.stages[cause.node];
  // `what` limits the run; `why` says why workers were idle for that share of the time.
  const auto by = [&](const std::string& what, const std::string& why) {
    return Limit{fmt::format("{}: the workers are idle {} of the time, {} {}.", what, idle,
                             percent(share), why),
                 cause};
  };
  switch (cause.cause) {
    case Idle::limit: {
      Limit limit = by_limit(stage, share);
      limit.cause = cause;
      return limit;
    }
    case Idle::memory:
      return by("Limited by memory", "because the next item did not fit into the budget");
    case Idle::in_flight:
      return by("Limited by the number of items in flight", "because no more are allowed");
    case Idle::source:
      return by("Limited by the time that " + quoted(stage) + " takes", "waiting for its output");
    case Idle::listing:
      return by("Limited by the listing of the input", "because no further input was known");
    case Idle::tail:
      return by("Too short to be limited", "while the last items end");
    case Idle::calibration:
    case Idle::scheduler:
      break;
  }
  return by("Limited by the cost of handing work on", "although there was work");
}

std::string bound_text(const Profile& profile, const Bound& bound) {
  if (bound.by == Bound::By::workers) return fmt::format("{} workers", profile.workers);
  const StageProfile& stage = profile.stages[bound.node];
  return fmt::format("{} of {}", limit_of(stage), quoted(stage));
}

std::string how_far(const Profile& profile, const Limit& limit) {
  const Bound& first = profile.bounds.front();
  const double rate = profile.uncalibrated_images_per_s();
  if (limit.cause) {
    return fmt::format(
        "Without that limit, {} could do {:.1f} images/s at most, {:.2f} times "
        "as many.",
        bound_text(profile, first), first.items_per_s, first.items_per_s / rate);
  }
  std::string text = capitalised(fmt::format(
      "{} could do {:.1f} images/s at most; the run did {} of that.", bound_text(profile, first),
      first.items_per_s, percent(rate / first.items_per_s)));
  if (profile.bounds.size() > 1) {
    const Bound& next = profile.bounds[1];
    text += fmt::format(" The next limit is {:.2f} times as high: {} ({:.1f} images/s).",
                        next.items_per_s / first.items_per_s, bound_text(profile, next),
                        next.items_per_s);
  }
  return text;
}

struct Help {
  double gain;
  std::string what;
};

// Changes that would lift the lowest bound, for a run that reaches it.
std::vector<Help> helps_at_bound(const Profile& profile) {
  const double now = profile.bounds.front().items_per_s;
  std::vector<Help> found;
  const auto consider = [&](const WhatIf& what_if, const std::string& what) {
    found.push_back({bounds_of(profile, what_if).front().items_per_s / now - 1, what});
  };
  consider({.more_workers = 1}, "one more worker");
  for (std::size_t i = 0; i < profile.stages.size(); ++i) {
    const StageProfile& stage = profile.stages[i];
    if (stage.visits == 0) continue;
    if (stage.limit > 0) {
      consider({.node = i, .more_limit = 1}, fmt::format("{} one more {}", quoted(stage),
                                                         stage.on_workers ? "at once" : "thread"));
    }
    consider({.node = i, .service_factor = 0.9}, fmt::format("{} 10 % faster", quoted(stage)));
  }
  return found;
}

// Changes that shorten the stay of an item, for a run with as many items in flight as allowed. The
// rate is then their number ÷ the mean stay (Little, 1961).
std::vector<Help> helps_in_flight(const Profile& profile) {
  std::vector<Help> found;
  const double in_flight_s = profile.in_flight_s / static_cast<double>(profile.items);
  for (const StageProfile& stage : profile.stages) {
    if (stage.visits == 0 || in_flight_s <= 0) continue;
    const double of_item = stage.service_s / static_cast<double>(profile.items);
    const double less = std::min(0.1 * of_item / in_flight_s, 0.1);
    found.push_back({1 / (1 - less) - 1, fmt::format("{} 10 % faster", quoted(stage))});
  }
  return found;
}

std::string listed(std::vector<Help> helps) {
  std::erase_if(helps, [](const Help& help) { return help.gain < kWorthSaying; });
  std::stable_sort(helps.begin(), helps.end(),
                   [](const Help& a, const Help& b) { return a.gain > b.gain; });
  std::string text;
  for (const Help& help : helps) {
    text += fmt::format("{}{} {:.0f} %", text.empty() ? "" : ", ", help.what, 100 * help.gain);
  }
  return text;
}

std::string what_helps(const Profile& profile, const Limit& limit) {
  if (!limit.cause) {
    const std::string steps = listed(helps_at_bound(profile));
    if (steps.empty()) return "No single step of those considered would lift that limit.";
    return "Gains at that limit: " + steps + ".";
  }
  const auto nothing_else = [](const std::string& what) {
    return "One more worker, or a higher limit, would gain nothing until " + what + ".";
  };
  switch (limit.cause->cause) {
    case Idle::memory:
    case Idle::in_flight: {
      const std::string steps = listed(helps_in_flight(profile));
      const bool memory = limit.cause->cause == Idle::memory;
      return nothing_else(memory ? "there is more memory" : "more items may be in flight") +
             (steps.empty() ? "" : " Gains at present: " + steps + ".");
    }
    case Idle::limit: {
      const StageProfile& stage = profile.stages[limit.cause->node];
      return fmt::format("One more worker would gain little until {} {}.", quoted(stage),
                         stage.on_workers ? "may run more at once" : "has more threads");
    }
    case Idle::source:
      return nothing_else(quoted(profile.stages[limit.cause->node]) + " gives more at a time");
    case Idle::listing:
      return nothing_else("the input is listed faster");
    case Idle::tail:
      return "With more images the start and the end weigh less.";
    default:
      return nothing_else("handing on costs less: larger images, or fewer nodes");
  }
}

// Sentence on serial work: Amdahl's law (1967) for work that overlaps nothing, the reciprocal for
// work that overlaps.
std::optional<std::string> serial(const Profile& profile) {
  if (profile.workers < 2) return {};
  double exclusive = 0;
  const StageProfile* tightest = nullptr;
  for (const StageProfile& stage : profile.stages) {
    exclusive += stage.exclusive_fraction.value_or(0);
    if (stage.capacity_fraction &&
        (tightest == nullptr || *stage.capacity_fraction > *tightest->capacity_fraction)) {
      tightest = &stage;
    }
  }
  const double amdahl = 1 / (exclusive + (1 - exclusive) / profile.workers);
  std::string text = fmt::format(
      "Serial: {:.1f} % of the work was done by one worker alone, which bounds {} workers at "
      "{:.2f} "
      "times one",
      100 * exclusive, profile.workers, amdahl);
  if (tightest == nullptr) return text + "; no stage has a limit.";
  const double capacity = 1 / *tightest->capacity_fraction;
  return text + fmt::format(
                    "; {} bounds any number of workers at {:.2f} times a serial run. "
                    "The tighter bound is {}.",
                    quoted(*tightest), capacity,
                    capacity < amdahl ? "the stage's limit" : "the serial work");
}

}  // namespace

std::vector<Bound> bounds_of(const Profile& profile, const WhatIf& what_if) {
  std::vector<Bound> bounds(1);  // the workers; first, so that they precede an equal limit
  const auto items = static_cast<double>(profile.items);
  double worker_s = 0;
  for (std::size_t i = 0; i < profile.stages.size(); ++i) {
    const StageProfile& stage = profile.stages[i];
    const bool meant = what_if.node == i;
    const double service_s = stage.service_s * (meant ? what_if.service_factor : 1);
    if (stage.on_workers) worker_s += service_s;
    if (stage.limit == 0 || service_s <= 0) continue;
    const int limit = stage.limit + (meant ? what_if.more_limit : 0);
    bounds.push_back({Bound::By::limit, i, limit * items / service_s});
  }
  if (worker_s > 0) {
    bounds.front().items_per_s = (profile.workers + what_if.more_workers) * items / worker_s;
  } else {
    bounds.erase(bounds.begin());
  }
  std::stable_sort(bounds.begin(), bounds.end(),
                   [](const Bound& a, const Bound& b) { return a.items_per_s < b.items_per_s; });
  return bounds;
}

std::vector<std::string> verdict(const Profile& profile) {
  if (profile.lost_visits > 0) {
    return {fmt::format(
        "{} executions could not be recorded, for lack of room in the folder for temporary "
        "files (TMPDIR): the rest alone allows no verdict.",
        profile.lost_visits)};
  }
  if (profile.items == 0 || profile.bounds.empty()) return {"There was nothing to do."};
  const Limit limit = find_limit(profile);
  std::vector<std::string> sentences = {limit.sentence, how_far(profile, limit),
                                        what_helps(profile, limit)};
  if (auto text = serial(profile)) sentences.push_back(std::move(*text));
  return sentences;
}

}  // namespace imagemill
