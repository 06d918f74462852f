// How items and runs end: complete, stopped by a policy, or without the threads that are stuck.
#include <map>
#include <stdexcept>
#include <utility>

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/run/run_context.h"

namespace imagemill {

void RunContext::stop(Ending ending, std::string cause) noexcept {
  {
    const MutexLock lock(ending_mutex_);
    if (ending_ == Ending::complete) {
      ending_ = ending;
      cause_ = std::move(cause);
    }
  }
  stop_.request_stop();
}

void RunContext::fail_run(const Error& error) noexcept {
  auto cause = guarded([&]() -> Result<std::string> { return error.message; });
  stop(Ending::outside, cause ? std::move(*cause) : std::move(cause.error().message));
}

void RunContext::fail(std::size_t node, const std::shared_ptr<Item>& item, Error error) {
  if (error.node.empty()) error.node = graph_.nodes()[node].name;
  error.item = item->info().key;
  if (error.scope == Scope::run) stop(Ending::outside, to_string(error));
  item->add_error(std::move(error));
}

void RunContext::end_packet(const std::shared_ptr<Item>& item, Outcome outcome) {
  if (item->end_packet(outcome)) ended(*item);
}

// Counts the item and tells the observer, even if a step before that fails.
void RunContext::ended(const Item& item) noexcept {
  admission_.ended(item);
  if (resume_plan_) guard([&] { resume_plan_->ended(item); });
  const ItemCounts counts = outcomes_.ended(item);
  if (item.outcome() == Outcome::failed) guard([&] { check_failures(counts); });
}

void RunContext::lost(Item& item) noexcept {
  if (item.close(Outcome::cancelled, {})) ended(item);
}

void RunContext::check_failures(const ItemCounts& counts) {
  if (options_.on_error == OnError::stop) {
    stop(Ending::on_error, "an item has failed (on_error: stop)");
  } else if (options_.max_failures.exceeded(counts)) {
    stop(Ending::on_error,
         std::to_string(counts.newly_failed()) + " of " + std::to_string(counts.newly_ended()) +
             " ended items have failed (max_failures)" +
             (counts.failed_again == 0
                  ? ""
                  : ", beside " + std::to_string(counts.failed_again) + " that had failed before"));
  }
}

std::optional<std::string> RunContext::blocked(const std::vector<StallMonitor::Work>& stuck) const {
  std::map<std::size_t, int> threads;  // by I/O node
  int workers = 0;
  for (const StallMonitor::Work& work : stuck) {
    if (graph_.nodes()[work.node].on_io_threads()) {
      ++threads[work.node];
    } else {
      ++workers;
    }
    // The entries after this one wait for their turn, so nothing else is admitted.
    if (work.on == StallMonitor::Work::On::entry) return quote(work.key) + " does not answer";
  }
  for (const auto& [node, count] : threads) {
    if (count >= graph_.nodes()[node].concurrency) {
      return "all threads of " + quote(graph_.nodes()[node].name) + " are stuck";
    }
  }
  return workers >= schedule_.workers ? std::optional("all workers are stuck") : std::nullopt;
}

bool RunContext::is_starved() {
  const std::uint64_t admitted = admission_.admitted();
  const bool waits = admission_.waits_for_memory() && outcomes_.counts().ended() == admitted;
  // An item that has just ended may return its lease in a moment.
  if (!waits || admitted != starved_after_) {
    starved_after_ = admitted;
    starved_since_ns_ = now_ns();
  }
  return waits && now_ns() - starved_since_ns_ >= StallMonitor::kGraceNs;
}

void RunContext::give_up(const std::vector<StallMonitor::Work>& stuck, bool stopping) {
  for (const StallMonitor::Work& work : stuck) {
    if (!work.item) continue;
    Error error = timeout_error(options_.item_timeout_ns);
    error.message += " and is stuck";
    error.node = graph_.nodes()[work.node].name;
    error.item = work.item->info().key;
    const bool late = options_.item_timeout_ns > 0 &&
                      now_ns() - work.since_ns >= options_.item_timeout_ns + StallMonitor::kGraceNs;
    const bool closed = late ? work.item->close(Outcome::failed, std::move(error))
                             : work.item->close(Outcome::cancelled, {});
    if (closed) ended(*work.item);
  }
  if (!stopping) {
    if (const auto why = blocked(stuck)) {
      stop(Ending::outside, *why);
    } else if (is_starved()) {
      stop(Ending::outside, "a stuck item holds the memory");
    }
    // Checked in this order, since admitted() is final once the source is exhausted.
    if (!admission_.is_exhausted() || outcomes_.counts().ended() != admission_.admitted()) return;
  }
  if (!options_.abandoned || abandoned_) return;
  RunResult result;
  guard([&] { report(result); });
  report_ending(result);
  ItemCounts& items = result.report.items;
  items.cancelled += items.admitted - items.ended();
  abandoned_ = true;
  options_.abandoned(std::move(result));
}

RunContext::~RunContext() {
  stop_.request_stop();
  // If finish() was not called: threads and callbacks end before the members that they use.
  admission_.join();
  close_nodes();
  on_outer_stop_.reset();
  monitor_.reset();
  if (resume_plan_) (void)guarded([&] { return options_.resume.journal->finish(); });
}

RunResult RunContext::finish() {
  admission_.join();
  close_nodes();
  on_outer_stop_.reset();
  monitor_.reset();
  RunResult result;
  if (resume_plan_) guard([&] { finish_journal(result.report); });
  guard([&] { report(result); });
  if (result.report.items.ended() != result.report.items.admitted) {
    throw std::logic_error(
        "the engine lost count: " + std::to_string(result.report.items.admitted) +
        " items admitted, " + std::to_string(result.report.items.ended()) + " ended");
  }
  admission_.finish(result.report);
  if (recorder_) guard([&] { recorder_->finish(result); });
  report_ending(result);
  return result;
}

void RunContext::close_nodes() noexcept {
  if (!std::exchange(is_open_, false)) return;
  std::optional<StallMonitor::Busy> closing;
  if (monitor_) closing.emplace(*monitor_, monitor_->listing_slot(), StallMonitor::listing());
  guard([&] {
    if (auto closed = graph_.close(); !closed) stop(Ending::outside, to_string(closed.error()));
  });
}

void RunContext::finish_journal(RunReport& report) {
  // New outputs are safe on the disk before the former ones are removed.
  guard([&] {
    if (ending() == Ending::complete && options_.resume.journal->flush() &&
        !resume_plan_->remove_former(admission_.claims(), report)) {
      stop(Ending::stopped, "");
    }
  });
  const auto last =
      ending() == Ending::stopped ? Journal::Last::kept_if_quick : Journal::Last::kept;
  if (const auto kept = options_.resume.journal->finish(last); !kept) {
    stop(Ending::outside, to_string(kept.error()));
  }
}

Ending RunContext::ending() {
  const MutexLock lock(ending_mutex_);
  return ending_;
}

std::string RunContext::cause() {
  const MutexLock lock(ending_mutex_);
  return cause_;
}

void RunContext::report_ending(RunResult& result) noexcept {
  result.ending = ending();
  auto told = guarded([&] { result.cause = cause(); });
  if (!told) result.cause = std::move(told.error().message);
}

void RunContext::report(RunResult& result) {
  result.begin_ns = started_ns_;
  result.end_ns = now_ns();
  result.cpu_before_ns = cpu_before_ns_;
  result.cpu_ns = process_cpu_ns() - cpu_before_ns_;
  RunReport& report = result.report;
  report.peak_rss_bytes = peak_resident_bytes();
  report.items = outcomes_.counts();
  report.items.admitted = admission_.admitted();
  report.ignored = outcomes_.ignored();
  report.losses = outcomes_.losses();
  report.wall_s = static_cast<double>(result.end_ns - started_ns_) * 1e-9;
  report.workers = schedule_.workers;
  report.executor = executor_;
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    const GraphNode& node = graph_.nodes()[i];
    StageStats& stats = report.stages.emplace_back();
    stats.node = node.name;
    stats.type = node.type->name;
    stats.on_workers = !node.on_io_threads();
    stats.concurrency = concurrency_of(node);
    stats.skip_reason = node.node->reason();
    stages_[i].counters.each(
        [&](const StageCounters& counters) { stats.total.merge(counters.snapshot()); });
    const double service_s = static_cast<double>(stats.total.service_ns) * 1e-9;
    stats.utilisation = report.wall_s > 0 ? service_s / (report.wall_s * stats.concurrency) : 0;
  }
}

}  // namespace imagemill
