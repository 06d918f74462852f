#include "graphs/profile/timeline.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace imagemill {
namespace {

double seconds(std::int64_t ns) { return static_cast<double>(ns) * 1e-9; }

// Kinds of events, in their order at one instant: a place is freed before it is taken.
enum class Change : std::uint8_t { end, solo, together, ready, begin, wait, granted };

struct Event {
  std::int64_t at;
  Change change;
  Visit::Kind kind = Visit::Kind::work;
  Shortage shortage = Shortage::none;
  std::uint16_t node = 0;
};

// Total time for which a condition held, up to any instant.
class Clock {
 public:
  // Sets the condition from `at` on. `at` must not decrease between calls.
  void set(std::int64_t at, bool holds) {
    if (holds == holds_) return;
    if (!changes_.empty() && changes_.back().at == at) {
      changes_.pop_back();
    } else {
      changes_.push_back({at, total(at)});
    }
    holds_ = holds;
  }
  std::int64_t between(std::int64_t from, std::int64_t to) const { return total(to) - total(from); }

 private:
  struct At {
    std::int64_t at;
    std::int64_t total;
  };
  // Time until `at` for which the condition held. Changes alternate, and the first is to true.
  std::int64_t total(std::int64_t at) const {
    const auto next = std::upper_bound(changes_.begin(), changes_.end(), at,
                                       [](std::int64_t t, const At& c) { return t < c.at; });
    if (next == changes_.begin()) return 0;
    const At& last = *std::prev(next);
    const bool held = (next - changes_.begin()) % 2 == 1;
    return last.total + (held ? at - last.at : 0);
  }

  bool holds_ = false;
  std::vector<At> changes_;
};

class Sweep {
 public:
  Sweep(std::span<const TimelineStage> stages, int workers, std::int64_t begin, std::int64_t end)
      : stages_(stages),
        workers_(workers),
        begin_(begin),
        end_(end),
        active_(stages.size()),
        waiting_(stages.size()),
        full_(stages.size()),
        full_and_busy_(stages.size()),
        full_in_solo_(stages.size()) {
    timeline_.wall_s = seconds(end - begin);
    timeline_.busy_workers_s.resize(static_cast<std::size_t>(workers) + 1);
    timeline_.stages.resize(stages.size());
    for (StageTimes& stage : timeline_.stages) stage.mean_at_once.resize(Timeline::kBuckets);
  }

  Timeline run(std::span<const Visit> visits, std::span<const SoloPhase> solo) {
    for (const SoloPhase& phase : solo) {
      events_.push_back({.at = phase.begin_ns, .change = Change::solo});
      events_.push_back({.at = phase.end_ns, .change = Change::together});
    }
    collect(visits);
    std::int64_t now = begin_;
    for (const Event& event : events_) {
      const std::int64_t at = std::clamp(event.at, begin_, end_);
      if (at > now) pass(now, at);
      now = std::max(now, at);
      apply(event);
    }
    if (end_ > now) pass(now, end_);
    for (const Visit& visit : visits) {
      if (visit.kind == Visit::Kind::work) split_wait(visit);
    }
    for (std::size_t cause = 0; cause < idle_ns_.size(); ++cause) {
      for (std::size_t node = 0; node < idle_ns_[cause].size(); ++node) {
        const double ns = idle_ns_[cause][node];
        if (ns > 0) timeline_.idle.push_back({static_cast<Idle>(cause), node, ns * 1e-9});
      }
    }
    std::stable_sort(timeline_.idle.begin(), timeline_.idle.end(),
                     [](const auto& a, const auto& b) { return a.seconds > b.seconds; });
    return std::move(timeline_);
  }

 private:
  void collect(std::span<const Visit> visits) {
    const auto add = [&](std::int64_t at, Change change, const Visit& visit) {
      events_.push_back({at, change, visit.kind, visit.shortage, visit.node});
    };
    for (const Visit& visit : visits) {
      if (visit.kind == Visit::Kind::admission) {
        last_of_source_ = std::max(last_of_source_, visit.end_ns);
        if (visit.shortage == Shortage::none) continue;
        add(visit.start_ns, Change::wait, visit);
        add(visit.end_ns, Change::granted, visit);
        continue;
      }
      if (visit.node == 0) last_of_source_ = std::max(last_of_source_, visit.end_ns);
      // Items of the source have no queue: they wait at admission.
      if (visit.kind == Visit::Kind::work && visit.node != 0) {
        add(visit.ready_ns, Change::ready, visit);
      }
      add(visit.start_ns, Change::begin, visit);
      add(visit.end_ns, Change::end, visit);
    }
    std::stable_sort(events_.begin(), events_.end(), [](const Event& a, const Event& b) {
      return a.at != b.at ? a.at < b.at : a.change < b.change;
    });
  }

  bool is_full(std::size_t node) const {
    return stages_[node].limit > 0 && active_[node] >= stages_[node].limit;
  }

  void apply(const Event& event) {
    const std::size_t node = event.node;
    const bool queued = event.kind == Visit::Kind::work && node != 0;
    switch (event.change) {
      case Change::end:
        --active_[node];
        if (stages_[node].on_workers) --busy_;
        break;
      case Change::solo:
        solo_ = true;
        break;
      case Change::together:
        solo_ = false;
        break;
      case Change::ready:
        ++waiting_[node];
        break;
      case Change::begin:
        if (queued) --waiting_[node];
        ++active_[node];
        if (stages_[node].on_workers) ++busy_;
        break;
      case Change::wait:
        ++(event.shortage == Shortage::bytes ? short_of_bytes_ : short_of_places_);
        break;
      case Change::granted:
        --(event.shortage == Shortage::bytes ? short_of_bytes_ : short_of_places_);
        break;
    }
    in_solo_.set(event.at, solo_);
    const bool all_busy = busy_ >= workers_ && !solo_;
    all_busy_.set(event.at, all_busy);
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      if (stages_[i].limit == 0) continue;
      full_[i].set(event.at, is_full(i));
      full_and_busy_[i].set(event.at, is_full(i) && all_busy);
      full_in_solo_[i].set(event.at, is_full(i) && solo_);
    }
  }

  // Books the time between two instants, during which the state is constant.
  void pass(std::int64_t from, std::int64_t to) {
    const double dt = seconds(to - from);
    timeline_.busy_workers_s[static_cast<std::size_t>(std::clamp(busy_, 0, workers_))] += dt;
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      StageTimes& stage = timeline_.stages[i];
      const auto count = static_cast<std::size_t>(active_[i]);
      if (count > 0) add_to_buckets(stage.mean_at_once, from, to, active_[i]);
      if (solo_) continue;
      if (stage.at_once_s.size() <= count) stage.at_once_s.resize(count + 1);
      stage.at_once_s[count] += dt;
      if (busy_ == 1 && count == 1 && stages_[i].on_workers) stage.exclusive_s += dt;
    }
    if (solo_) {
      timeline_.solo_s += dt;
      timeline_.solo_busy_s += busy_ * dt;
    }
    if (busy_ < workers_) explain_idle(workers_ - busy_, static_cast<double>(to - from), from);
  }

  void add_to_buckets(std::vector<double>& buckets, std::int64_t from, std::int64_t to,
                      int count) const {
    const double width = static_cast<double>(end_ - begin_) / Timeline::kBuckets;
    double at = static_cast<double>(from - begin_);
    const auto until = static_cast<double>(to - begin_);
    while (at < until) {
      const auto bucket = std::min(static_cast<std::size_t>(at / width), Timeline::kBuckets - 1);
      const double next = bucket + 1 == Timeline::kBuckets
                              ? until
                              : std::min(until, (static_cast<double>(bucket) + 1) * width);
      buckets[bucket] += count * (next - at) / width;
      if (next <= at) break;
      at = next;
    }
  }

  void book(Idle cause, std::size_t node, double ns) {
    auto& by_node = idle_ns_[static_cast<std::size_t>(cause)];
    if (by_node.size() <= node) by_node.resize(node + 1);
    by_node[node] += ns;
  }

  // Books idle workers in this order: those that could begin waiting work; those that a limit keeps
  // from waiting work; the rest.
  void explain_idle(int idle, double ns, std::int64_t now) {
    int could_begin = 0;
    int held_back = 0;
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      if (!stages_[i].on_workers || waiting_[i] <= 0) continue;
      const int room = stages_[i].limit == 0 ? waiting_[i] : stages_[i].limit - active_[i];
      could_begin += std::clamp(room, 0, waiting_[i]);
      held_back += waiting_[i] - std::clamp(room, 0, waiting_[i]);
    }
    const int unbegun = std::min(idle, could_begin);
    if (unbegun > 0) book(solo_ ? Idle::calibration : Idle::scheduler, 0, unbegun * ns);
    idle -= unbegun;
    const int kept = std::min(idle, held_back);
    if (kept > 0) {
      for (std::size_t i = 0; i < stages_.size(); ++i) {
        if (!stages_[i].on_workers || stages_[i].limit == 0 || waiting_[i] <= 0) continue;
        const int blocked = waiting_[i] - std::clamp(stages_[i].limit - active_[i], 0, waiting_[i]);
        if (blocked > 0) book(Idle::limit, i, ns * kept * blocked / held_back);
      }
    }
    idle -= kept;
    if (idle > 0) explain_nothing_to_do(idle * ns, now);
  }

  void explain_nothing_to_do(double ns, std::int64_t now) {
    // A queue before a stage off the workers holds items and their memory, so the workers wait
    // behind that stage.
    for (std::size_t i = 1; i < stages_.size(); ++i) {
      if (!stages_[i].on_workers && waiting_[i] > 0 && is_full(i)) return book(Idle::limit, i, ns);
    }
    if (now >= last_of_source_) return book(Idle::tail, 0, ns);
    if (short_of_bytes_ > 0) return book(Idle::memory, 0, ns);
    if (short_of_places_ > 0) return book(Idle::in_flight, 0, ns);
    if (active_[0] > 0) {
      return book(active_[0] >= stages_[0].limit ? Idle::limit : Idle::source, 0, ns);
    }
    for (std::size_t i = 1; i < stages_.size(); ++i) {
      if (!stages_[i].on_workers && active_[i] > 0) return book(Idle::source, i, ns);
    }
    book(Idle::listing, 0, ns);
  }

  void split_wait(const Visit& visit) {
    Waits& waits = timeline_.stages[visit.node].waits;
    waits.partners_s += seconds(visit.partner_ns);
    if (visit.node == 0) return;
    const std::int64_t whole = visit.start_ns - visit.ready_ns;
    std::int64_t at_limit = 0;
    std::int64_t no_worker = 0;
    if (stages_[visit.node].limit > 0) {
      at_limit = full_[visit.node].between(visit.ready_ns, visit.start_ns);
    }
    if (stages_[visit.node].on_workers) {
      no_worker = all_busy_.between(visit.ready_ns, visit.start_ns);
      if (stages_[visit.node].limit > 0) {
        no_worker -= full_and_busy_[visit.node].between(visit.ready_ns, visit.start_ns);
      }
    }
    std::int64_t in_solo = 0;
    if (stages_[visit.node].on_workers) {
      in_solo = in_solo_.between(visit.ready_ns, visit.start_ns);
      if (stages_[visit.node].limit > 0) {
        in_solo -= full_in_solo_[visit.node].between(visit.ready_ns, visit.start_ns);
      }
    }
    waits.calibration_s += seconds(in_solo);
    waits.limit_s += seconds(at_limit);
    waits.workers_s += seconds(no_worker);
    waits.scheduler_s += seconds(whole - in_solo - at_limit - no_worker);
  }

  std::span<const TimelineStage> stages_;
  const int workers_;
  const std::int64_t begin_;
  const std::int64_t end_;
  std::vector<Event> events_;
  std::int64_t last_of_source_ = 0;

  std::vector<int> active_;   // running executions, by node
  std::vector<int> waiting_;  // executions ready and not begun, by node
  int busy_ = 0;              // busy workers
  int short_of_bytes_ = 0;    // admissions that wait for memory
  int short_of_places_ = 0;
  bool solo_ = false;

  Clock in_solo_;
  Clock all_busy_;
  std::vector<Clock> full_;
  std::vector<Clock> full_and_busy_;
  std::vector<Clock> full_in_solo_;
  std::array<std::vector<double>, 8> idle_ns_;  // nanoseconds by cause and node
  Timeline timeline_;
};

}  // namespace

double Timeline::busy_s() const {
  double sum = 0;
  for (std::size_t k = 0; k < busy_workers_s.size(); ++k)
    sum += static_cast<double>(k) * busy_workers_s[k];
  return sum;
}

double Timeline::idle_s() const {
  return std::accumulate(idle.begin(), idle.end(), 0.0,
                         [](double sum, const IdleTime& time) { return sum + time.seconds; });
}

double Timeline::idle_s(Idle cause) const {
  return std::accumulate(idle.begin(), idle.end(), 0.0, [&](double sum, const IdleTime& time) {
    return time.cause == cause ? sum + time.seconds : sum;
  });
}

Timeline sweep(std::span<const TimelineStage> stages, int workers, std::int64_t begin_ns,
               std::int64_t end_ns, std::span<const Visit> visits,
               std::span<const SoloPhase> solo) {
  return Sweep(stages, workers, begin_ns, end_ns).run(visits, solo);
}

}  // namespace imagemill
