#include "engine/run/admission.h"

#include <algorithm>
#include <stdexcept>

#include "engine/base/clock.h"
#include "engine/base/exception_guard.h"
#include "engine/base/text.h"
#include "engine/base/thread.h"
#include "engine/graph/peak_memory.h"
#include "engine/metrics/progress_counters.h"
#include "engine/metrics/stage_timer.h"
#include "engine/source/listing.h"

namespace imagemill {
namespace {

// How many entries are listed ahead of the readers: enough that most runs soon know how much there
// is to do, and few enough that never a million names are held.
constexpr std::size_t kListedAhead = 65'536;

}  // namespace

Admission::Admission(const Graph& graph, const RunOptions& options, OutcomeCounter& outcomes,
                     const Schedule& schedule)
    : graph_(graph),
      options_(options),
      outcomes_(outcomes),
      schedule_(schedule),
      budget_(options.memory_bytes, graph.max_in_flight(schedule.workers)) {}

Result<void> Admission::begin(Run run) {
  run_ = std::move(run);
  claims_ = OutputClaims(run_.folding);
  budget_.set_aside(graph_.constant_bytes() + graph_.probe_bytes());
  std::optional<StallMonitor::Busy> busy;
  if (run_.monitor != nullptr) {
    busy.emplace(*run_.monitor, run_.monitor->listing_slot(), StallMonitor::listing());
  }
  if (options_.part) {
    rivals_.emplace(graph_, *options_.part, run_.folding);
    if (auto found = guarded([&] { return rivals_->find(run_.stop); }); !found) return found;
  }
  auto listing = guarded(
      [&] { return options_.part ? options_.part->whole->entries() : graph_.source().list(); });
  if (!listing) return tl::make_unexpected(std::move(listing.error()));
  cursor_ = std::move(*listing);
  busy.reset();
  if (options_.item_memory == ItemMemory::measured && schedule_.one_thread) {
    const MutexLock lock(formats_mutex_);
    resident_ = ResidentMemory::open();
    if (resident_) resident_at_start_ = resident_->begin();
  }
  auto lister = start_thread([this] { list(); }, run_.failed);
  if (!lister) return tl::make_unexpected(std::move(lister.error()));
  lister_ = std::move(*lister);
  return {};
}

bool Admission::takes(const Entry& entry) const {
  if (entry.error && entry.error->scope == Scope::run) return true;
  return (!options_.part || options_.part->shard.holds(entry.key)) &&
         (!options_.takes || options_.takes(entry.key));
}

void Admission::list() {
  std::uint64_t listed = 0;
  for (std::uint64_t index = 0;; ++index) {
    std::optional<StallMonitor::Busy> busy;
    if (run_.monitor != nullptr) {
      busy.emplace(*run_.monitor, run_.monitor->listing_slot(), StallMonitor::listing());
    }
    auto next = guarded([&]() -> Result<std::optional<Entry>> { return cursor_->next(); });
    busy.reset();
    if (next && *next && !takes(**next)) {
      if (run_.stop.stop_requested()) break;
      continue;
    }
    MutexLock lock(source_mutex_);
    if (next && *next) {
      ++listed;
      const auto has_room = [&]() IMAGEMILL_REQUIRES(source_mutex_) {
        return ahead_.size() < kListedAhead;
      };
      if (!source_moved_.wait(lock.waiting(), run_.stop, has_room)) break;
      ahead_.push_back({index, std::move(**next)});
    } else if (!next) {
      ++listed;
      ahead_.push_back({index, {.key = ".", .error = std::move(next.error())}});
    }
    const bool is_last = !next || !*next;
    exhausted_ = is_last;
    lock.unlock();
    source_moved_.notify_all();
    if (is_last) break;
  }
  // A listing that was stopped may have missed entries.
  if (!run_.stop.stop_requested()) outcomes_.listed(listed);
}

std::optional<Admission::Taken> Admission::next_entry() {
  MutexLock lock(source_mutex_);
  const auto moved = [&]() IMAGEMILL_REQUIRES(source_mutex_) {
    return !ahead_.empty() || exhausted_;
  };
  if (!moved() && !source_moved_.wait(lock.waiting(), run_.stop, moved)) return {};
  if (ahead_.empty()) return {};
  const bool was_full = ahead_.size() == kListedAhead;
  if (options_.watch != nullptr) ProgressCounters::count(options_.watch->source.taken);
  Taken taken{next_turn_++, std::move(ahead_.front())};
  ahead_.pop_front();
  lock.unlock();
  if (was_full) source_moved_.notify_all();
  return taken;
}

Admission::Probe Admission::probe(std::uint64_t index, const std::string& key) const {
  if (run_.resume_plan != nullptr) {
    auto settled = guarded([&] {
      return Result<std::optional<ResumePlan::Settled>>(run_.resume_plan->settled(index, key));
    });
    if (settled && *settled) return {.error = {}, .candidate = {}, .settled = std::move(*settled)};
  }
  auto found = guarded([&] { return graph_.source().probe(key); });
  if (!found) return {.error = std::move(found.error()), .candidate = {}};
  return {.error = {}, .candidate = std::move(*found)};
}

bool Admission::is_exhausted() {
  std::uint64_t taken = 0;
  {
    const MutexLock lock(source_mutex_);
    if (!exhausted_ || !ahead_.empty()) return false;
    taken = next_turn_;
  }
  const MutexLock lock(turn_mutex_);
  return turn_ == taken;
}

std::optional<Admission::Admitted> Admission::next(StageCounters& counters, int slot) {
  while (!run_.stop.stop_requested()) {
    auto taken = next_entry();
    if (!taken) return {};
    auto& [index, found] = taken->listed;
    Probe probed;
    if (found.error) {
      probed.error = std::move(found.error);
    } else {
      std::optional<StallMonitor::Busy> busy;
      if (run_.monitor != nullptr) {
        busy.emplace(
            *run_.monitor, slot,
            StallMonitor::Work{
                .on = StallMonitor::Work::On::entry, .key = found.key, .since_ns = now_ns()});
      }
      StageTimer timer(counters);
      probed = probe(index, found.key);
      timer.stop();
      probed.visit = timer.visit(Visit::Kind::probe);
    }
    const Visit probe_visit = probed.visit;
    Visit admission;
    const bool ignored = !probed.is_item();
    auto item = admit(*taken, probed, admission);
    if (item || ignored) {
      return Admitted{
          index,       std::move(item), std::move(probed.candidate), std::move(probed.error),
          probe_visit, admission};
    }
  }
  return {};
}

// The item of an entry, admitted in its turn; null if the entry is ignored or the run stops.
std::shared_ptr<Item> Admission::admit(Taken& taken, Probe& probe, Visit& visit) {
  const bool ignored = !probe.is_item();
  ItemInfo info{.index = taken.listed.index, .key = std::move(taken.listed.entry.key), .facts = {}};
  std::vector<NodePlan> plans(graph_.nodes().size());
  std::uint64_t peak = 0;
  if (probe.candidate) {
    info.facts = probe.candidate->facts;
    info.texts = std::move(probe.candidate->texts);
    info.stamp = probe.candidate->stamp;
    if (auto planned = guarded([&] { return graph_.plan(info); })) {
      plans = std::move(*planned);
    } else {
      probe = {.error = std::move(planned.error()), .candidate = {}};
    }
  }
  std::shared_ptr<ItemRecord> record;
  std::vector<Written> kept;
  if (probe.settled) {
    plans = std::move(probe.settled->plans);
    kept = std::move(probe.settled->kept);
  } else if (run_.resume_plan != nullptr && !ignored) {
    auto begun = guarded([&] {
      return Result<std::shared_ptr<ItemRecord>>(run_.resume_plan->begin(info, plans, kept));
    });
    if (begun) {
      record = std::move(*begun);
    } else {
      probe = {.error = std::move(begun.error()), .candidate = {}};
    }
  }
  if (probe.candidate) peak = peak_bytes(graph_.nodes(), plans, schedule_);

  if (options_.watch != nullptr && !ignored)
    ProgressCounters::count(options_.watch->source.planned);
  visit.kind = Visit::Kind::admission;
  visit.ready_ns = now_ns();
  if (!await_turn(taken.turn)) return nullptr;
  if (ignored) {
    pass_turn();
    outcomes_.ignored(info.key);
    return nullptr;
  }
  visit.start_ns = now_ns();
  waits_for_memory_ = true;
  Lease lease = budget_.reserve(peak, run_.stop);
  waits_for_memory_ = false;
  // Memory that earlier large items have freed may still be held in each thread's heap.
  const std::uint64_t limit = budget_.limit();
  if (limit > 0 && lease.bytes() > limit / 2) give_back_freed_memory();
  visit.end_ns = now_ns();
  visit.shortage = lease.shortage();
  visit.bytes_in = lease.bytes();
  admission_wait_ns_ += visit.end_ns - visit.start_ns;
  if (!lease) return nullptr;
  auto item = std::make_shared<Item>(std::move(info), std::move(plans));
  item->hold(std::move(lease));
  const bool settled = probe.settled || (record && record->settled);
  item->record(std::move(record));
  item->keep(std::move(kept));
  if (settled) item->settle();
  if (probe.candidate || probe.settled) probe.error = claim_paths(*item);
  // An item that fails here has no outputs in this run, not even those kept from earlier runs.
  const bool has_paths = !probe.error && !item->has_failed();
  if (!has_paths) item->keep({});
  if (probe.settled && has_paths) run_.resume_plan->keep(*probe.settled);
  if (probe.settled && !has_paths) run_.resume_plan->give_up(std::move(*probe.settled));
  if (probe.candidate) {
    const MutexLock lock(formats_mutex_);
    FormatMemory& memory = formats_[std::string(item->info().facts.format)];
    ++memory.items;
    memory.estimate_bytes = std::max(memory.estimate_bytes, peak);
    if (resident_) resident_->begin();
  }
  item->admit(*run_.owner);
  ++admitted_;
  if (options_.watch != nullptr) ProgressCounters::count(options_.watch->source.admitted);
  pass_turn();
  return item;
}

// Claims all paths of the item, or none if one of them is held or its holder cannot be determined.
// The first case adds errors to the item; the second returns one.
std::optional<Error> Admission::claim_paths(Item& item) {
  const auto each_path = [&](const auto& visit) {
    for (std::size_t node = 0; node < graph_.nodes().size(); ++node) {
      for (const std::string& path : item.plan(node).claims) {
        if (!path.empty()) visit(node, path);
      }
    }
  };
  const std::string_view folded = not_told_apart(claims_.folding());
  const std::string how =
      folded.empty() ? "" : ": the output folder does not tell " + std::string(folded);
  const auto refuse = [&](std::size_t node, const std::string& path, const std::string& other) {
    Error error("output_conflict", "its output '" + path + "' clashes with " + other + how);
    error.node = graph_.nodes()[node].name;
    error.item = item.info().key;
    item.add_error(std::move(error));
  };
  bool any = false;
  std::optional<Error> unknown;
  each_path([&](std::size_t node, const std::string& path) {
    any = true;
    if (const auto owner = claims_.holder(path)) {
      const auto key = claimants_.read(*owner);
      refuse(node, path, key ? "that of " + quote(*key) : "that of an earlier item");
    } else if (rivals_) {
      const auto key = rivals_->holder(path, item.info().index, claims_);
      if (!key) {
        unknown = key.error();
      } else if (*key) {
        refuse(node, path, "that of " + quote(**key));
      }
    }
  });
  if (!any || unknown || item.has_failed()) return unknown;
  const std::uint64_t place = claimants_.add(item.info().key);
  each_path([&](std::size_t node, const std::string& path) {
    if (claims_.holder(path)) {
      refuse(node, path, "another of its own");
    } else {
      claims_.claim(path, place);
    }
  });
  return {};
}

// Waits until all entries before `turn` have passed, so that admission follows the source's order.
// Returns false if the run stops first.
bool Admission::await_turn(std::uint64_t turn) {
  MutexLock lock(turn_mutex_);
  return turn_passed_.wait(lock.waiting(), run_.stop,
                           [&]() IMAGEMILL_REQUIRES(turn_mutex_) { return turn_ == turn; });
}

void Admission::pass_turn() {
  {
    const MutexLock lock(turn_mutex_);
    ++turn_;
  }
  turn_passed_.notify_all();
}

void Admission::ended(const Item& item) noexcept {
  if (options_.watch != nullptr) ProgressCounters::count(options_.watch->source.ended);
  const MutexLock lock(formats_mutex_);
  if (!resident_) return;
  const auto memory = formats_.find(item.info().facts.format);
  const std::uint64_t peak = resident_->peak();
  if (memory == formats_.end() || peak <= resident_at_start_) return;
  std::uint64_t& actual = memory->second.actual_bytes;
  actual = std::max(actual, peak - resident_at_start_);
}

void Admission::finish(RunReport& report) {
  if (budget_.used() != 0) {
    throw std::logic_error("the engine lost count: " + std::to_string(budget_.used()) +
                           " bytes are still leased");
  }
  report.memory_limit_bytes = budget_.limit();
  report.memory_peak_bytes = budget_.peak();
  report.largest_item_bytes = budget_.largest();
  report.admission_wait_s = static_cast<double>(admission_wait_ns_) * 1e-9;
  const MutexLock lock(formats_mutex_);
  report.formats = std::move(formats_);
  report.measured_items = resident_.has_value();
  if (resident_) report.peak_rss_bytes = std::max(report.peak_rss_bytes, resident_->highest());
}

}  // namespace imagemill
