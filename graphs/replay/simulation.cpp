#include "graphs/replay/simulation.h"

#include <algorithm>
#include <limits>

namespace imagemill {
namespace {

constexpr auto kOutside = static_cast<std::size_t>(-1);  // index that is no worker's

std::int64_t nanoseconds(double s) { return static_cast<std::int64_t>(s * 1e9 + 0.5); }

// True if threads off the workers put tasks into a node.
bool fed_from_outside(const Graph& graph, const GraphNode& node) {
  return std::any_of(node.inputs.begin(), node.inputs.end(), [&](const GraphNode::Source& input) {
    const GraphNode* source = &graph.nodes()[input.node];
    while (source->type->role == Role::choice) {
      source = &graph.nodes()[source->inputs.front().node];
    }
    return source->on_io_threads();
  });
}

}  // namespace

Simulation::Simulation(const Replay& replay, const ReplayOptions& options,
                       std::vector<Visit>* records)
    : replay_(replay),
      options_(options),
      records_(records),
      max_in_flight_(replay.graph().max_in_flight(options.workers)) {
  const auto& nodes = replay.graph().nodes();
  const auto workers = static_cast<std::size_t>(options.workers);
  int next_slot = options.workers + nodes.front().concurrency;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    Stage& stage = stages_.emplace_back();
    const Recording::Stage& recorded = replay.recording().stages[i];
    stage.on_workers = nodes[i].works() && !nodes[i].on_io_threads();
    stage.limit = static_cast<std::size_t>(nodes[i].concurrency);
    stage.cpu_share = recorded.cpu_share;
    stage.contention =
        options.contention.empty() ? recorded.contention.value : options.contention[i];
    if (stage.on_workers && stage.limit == 0 && fed_from_outside(replay.graph(), nodes[i])) {
      stage.limit = workers;
    }
    if (i == 0 || !nodes[i].works() || stage.on_workers) continue;
    for (int thread = nodes[i].concurrency; thread-- > 0;) {
      stage.free_slots.push_back(next_slot + thread);
    }
    next_slot += nodes[i].concurrency;
    stage.set_up.resize(static_cast<std::size_t>(next_slot));
  }
  workers_.resize(workers);
  for (Worker& worker : workers_) worker.set_up.resize(nodes.size());
  idle_ = workers;
  readers_.resize(static_cast<std::size_t>(nodes.front().concurrency));
}

Replayed Simulation::run(std::span<const std::uint32_t> order) {
  order_ = order;
  waiting_turn_.assign(order.size(), -1);
  now_ = replay_.recording().lead_in_s;
  for (std::size_t reader = 0; reader < readers_.size(); ++reader) {
    take_entry(static_cast<int>(reader));
  }
  while (!events_.empty() || !busy_.empty()) {
    double next = events_.empty() ? std::numeric_limits<double>::infinity() : events_.top().at;
    std::size_t first = kOutside;
    for (const std::size_t worker : busy_) {
      const double end = now_ + workers_[worker].left / rate(workers_[worker]);
      if (end >= next) continue;
      next = std::max(end, now_);
      first = worker;
    }
    for (const std::size_t worker : busy_) {
      workers_[worker].left -= (next - now_) * rate(workers_[worker]);
    }
    now_ = next;
    if (first != kOutside) {
      finish(first);
    } else {
      const Event event = events_.top();
      events_.pop();
      switch (event.kind) {
        case Event::Kind::begin: {
          Worker& worker = workers_[static_cast<std::size_t>(event.index)];
          worker.state = Worker::State::busy;
          worker.start = now_;
          worker.left = replay_.alone_s(visit_of(worker.task), options_);
          busy_.push_back(static_cast<std::size_t>(event.index));
          cpu_demand_ += stages_[visit_of(worker.task).node].cpu_share;
          break;
        }
        case Event::Kind::io_end:
          io_ended(event);
          break;
        case Event::Kind::probed:
          probed(event.index);
          break;
        case Event::Kind::loaded:
          record(event.task, options_.workers + event.index, event.start, stages_[0].cpu_share);
          deliver(event.task, kOutside);
          take_entry(event.index);
          break;
      }
    }
    feed_idle();
  }
  return {now_ + replay_.recording().lead_out_s, peak_bytes_};
}

void Simulation::at(double when, Event event) {
  event.at = when;
  event.order = event_order_++;
  events_.push(event);
}

void Simulation::take_entry(int reader) {
  if (next_entry_ == order_.size()) return;
  Reader& self = readers_[static_cast<std::size_t>(reader)];
  self = {.place = next_entry_++};
  const double took = replay_.recording().items[order_[self.place]].probe_s;
  if (records_ != nullptr && took > 0) {
    Visit visit;
    visit.kind = Visit::Kind::probe;
    visit.item = self.place;
    visit.slot = static_cast<std::uint16_t>(options_.workers + reader);
    visit.start_ns = nanoseconds(now_);
    visit.end_ns = nanoseconds(now_ + took);
    records_->push_back(visit);
  }
  at(now_ + took, {.kind = Event::Kind::probed, .index = reader, .task = {}});
}

void Simulation::probed(int reader) {
  Reader& self = readers_[static_cast<std::size_t>(reader)];
  self.probed = now_;
  waiting_turn_[self.place] = reader;
  pass_turns();
}

// Admits entries in the order of the source.
void Simulation::pass_turns() {
  while (turn_ < order_.size() && waiting_turn_[turn_] >= 0) {
    // MemoryBudget wakes waiting readers only when a third of the places is free.
    const Reader& next = readers_[static_cast<std::size_t>(waiting_turn_[turn_])];
    if (next.shortage != Shortage::none && leases_ > max_in_flight_ - max_in_flight_ / 3) return;
    if (!grant(waiting_turn_[turn_])) return;
  }
}

// Admits the entry whose turn it is. True if admitted, or if no admission was needed.
bool Simulation::grant(int reader) {
  Reader& self = readers_[static_cast<std::size_t>(reader)];
  const Recording::Item& item = replay_.recording().items[order_[self.place]];
  if (self.asked < 0) self.asked = now_;
  if (item.admitted) {
    const bool fits = leases_ == 0 || (leases_ < max_in_flight_ &&
                                       leased_bytes_ + item.lease_bytes <= options_.memory_bytes);
    if (!fits) {
      if (self.shortage == Shortage::none) {
        self.shortage = leases_ == max_in_flight_ ? Shortage::leases : Shortage::bytes;
      }
      return false;
    }
  }
  ++turn_;
  if (!item.admitted) {
    take_entry(reader);
    return true;
  }
  if (records_ != nullptr) {
    Visit visit;
    visit.kind = Visit::Kind::admission;
    visit.item = self.place;
    visit.slot = static_cast<std::uint16_t>(options_.workers + reader);
    visit.ready_ns = nanoseconds(self.probed);
    visit.start_ns = nanoseconds(self.asked);
    visit.end_ns = nanoseconds(now_);
    visit.bytes_in = item.lease_bytes;
    visit.shortage = self.shortage;
    records_->push_back(visit);
  }
  if (item.visits == 0) {
    take_entry(reader);
    return true;
  }
  const std::uint32_t first = replay_.first_[order_[self.place]];
  const Task load{admit(self.place, item.lease_bytes), first};
  const double took = replay_.alone_s(visit_of(load), options_);
  at(now_ + took, {.kind = Event::Kind::loaded, .index = reader, .task = load, .start = now_});
  return true;
}

std::uint32_t Simulation::admit(std::uint64_t place, std::uint64_t lease_bytes) {
  ++leases_;
  leased_bytes_ += lease_bytes;
  peak_bytes_ = std::max(peak_bytes_, leased_bytes_);
  if (free_instances_.empty()) {
    free_instances_.push_back(static_cast<std::uint32_t>(instances_.size()));
    instances_.emplace_back();
  }
  const std::uint32_t index = free_instances_.back();
  free_instances_.pop_back();
  Instance& instance = instances_[index];
  instance.item = order_[place];
  instance.place = place;
  instance.lease_bytes = lease_bytes;
  const std::uint32_t first = replay_.first_[instance.item];
  const std::uint32_t count = replay_.recording().items[instance.item].visits;
  instance.missing_visits = count;
  const auto begin = replay_.awaited_.begin() + first;
  instance.awaited.assign(begin, begin + count);
  instance.ready.assign(count, now_);
  return index;
}

// Delivers the output of an execution; a worker's own output goes on top of its tasks put aside.
void Simulation::deliver(const Task& task, std::size_t worker) {
  for (std::uint32_t i = replay_.fed_from_[task.visit]; i < replay_.fed_from_[task.visit + 1];
       ++i) {
    const Task fed{task.instance, replay_.fed_[i]};
    Instance& instance = instances_[task.instance];
    const std::uint32_t place = fed.visit - replay_.first_[instance.item];
    if (--instance.awaited[place] > 0) continue;
    instance.ready[place] = now_;
    arrive(fed, worker);
  }
  visit_ended(task);
}

void Simulation::visit_ended(const Task& task) {
  Instance& instance = instances_[task.instance];
  if (--instance.missing_visits > 0) return;
  --leases_;
  leased_bytes_ -= instance.lease_bytes;
  free_instances_.push_back(task.instance);
  pass_turns();
}

void Simulation::arrive(const Task& task, std::size_t worker) {
  Stage& stage = stages_[visit_of(task).node];
  if (stage.limit > 0 && stage.in_use == stage.limit) {
    stage.waiting.push_back(task);
    return;
  }
  ++stage.in_use;
  if (stage.on_workers) {
    queue(task, worker);
  } else {
    begin_io(stage, task);
  }
}

void Simulation::queue(const Task& task, std::size_t worker) {
  if (worker == kOutside) {
    from_outside_.push_back(task);
  } else {
    workers_[worker].aside.push_back(task);
    ++aside_;
  }
}

void Simulation::begin_io(Stage& stage, const Task& task) {
  const int slot = stage.free_slots.back();
  stage.free_slots.pop_back();
  double delay = 0;
  const Recording::Visit& visit = visit_of(task);
  if (!stage.set_up[static_cast<std::size_t>(slot)]) {
    stage.set_up[static_cast<std::size_t>(slot)] = true;
    delay = replay_.recording().stages[visit.node].setup_s;
  }
  at(now_ + delay + replay_.alone_s(visit, options_),
     {.kind = Event::Kind::io_end, .index = slot, .task = task, .start = now_ + delay});
}

void Simulation::io_ended(const Event& event) {
  Stage& stage = stages_[visit_of(event.task).node];
  record(event.task, event.index, event.start, stage.cpu_share);
  stage.free_slots.push_back(event.index);
  --stage.in_use;
  if (!stage.waiting.empty()) {
    ++stage.in_use;
    begin_io(stage, stage.waiting.front());
    stage.waiting.pop_front();
  }
  deliver(event.task, kOutside);
}

void Simulation::assign(std::size_t index, const Task& task, double delay) {
  Worker& worker = workers_[index];
  const std::uint16_t node = visit_of(task).node;
  if (!worker.set_up[node]) {
    worker.set_up[node] = true;
    delay += replay_.recording().stages[node].setup_s;
  }
  worker.state = Worker::State::waking;
  worker.task = task;
  at(now_ + delay, {.kind = Event::Kind::begin, .index = static_cast<int>(index), .task = task});
}

void Simulation::finish(std::size_t index) {
  Worker& worker = workers_[index];
  const Task task = worker.task;
  const std::uint16_t node = visit_of(task).node;
  Stage& stage = stages_[node];
  record(task, static_cast<int>(index), worker.start, stage.cpu_share);
  std::erase(busy_, index);
  // Resetting to 0 keeps the sum from drifting.
  cpu_demand_ = busy_.empty() ? 0 : cpu_demand_ - stage.cpu_share;
  worker.state = Worker::State::idle;
  ++idle_;
  if (stage.limit > 0) {
    --stage.in_use;
    if (!stage.waiting.empty()) {
      ++stage.in_use;
      queue(stage.waiting.front(), index);
      stage.waiting.pop_front();
    }
  }
  deliver(task, index);
  if (const auto next = next_task(index)) {
    --idle_;
    assign(index, *next, 0);
  }
}

std::optional<Simulation::Task> Simulation::next_task(std::size_t index) {
  const auto take = [](std::deque<Task>& tasks, bool newest) {
    const Task task = newest ? tasks.back() : tasks.front();
    newest ? tasks.pop_back() : tasks.pop_front();
    return task;
  };
  if (!workers_[index].aside.empty()) {
    --aside_;
    return take(workers_[index].aside, true);
  }
  if (!from_outside_.empty()) return take(from_outside_, false);
  for (std::size_t i = 1; aside_ > 0 && i < workers_.size(); ++i) {
    auto& victim = workers_[(index + i) % workers_.size()].aside;
    if (victim.empty()) continue;
    --aside_;
    return take(victim, false);
  }
  return {};
}

// Wakes idle workers, after their latency, for tasks put aside or put from outside.
void Simulation::feed_idle() {
  for (std::size_t i = 0; idle_ > 0 && (aside_ > 0 || !from_outside_.empty()); ++i) {
    if (workers_[i].state != Worker::State::idle) continue;
    --idle_;
    assign(i, *next_task(i), replay_.recording().wake_s);
  }
}

// Speed of an execution: seconds of work beside no other work that are done in one second.
double Simulation::rate(const Worker& worker) const {
  const Stage& stage = stages_[visit_of(worker.task).node];
  const double cpus = options_.cpus > 0 ? options_.cpus : options_.workers;
  double at_once = std::min(static_cast<double>(busy_.size()), cpus);
  if (options_.contending > 0) {
    at_once = std::min(at_once, static_cast<double>(options_.contending));
  }
  const double shared = cpu_demand_ > cpus ? cpu_demand_ / cpus : 1;
  const double longer = shared * stage.cpu_share + (1 - stage.cpu_share);
  return 1 / (longer * (1 + stage.contention * (at_once - 1)));
}

void Simulation::record(const Task& task, int slot, double start, double cpu_share) {
  if (records_ == nullptr) return;
  const Recording::Visit& recorded = visit_of(task);
  const Instance& instance = instances_[task.instance];
  Visit visit;
  visit.item = instance.place;
  visit.part = recorded.part;
  visit.node = recorded.node;
  visit.slot = static_cast<std::uint16_t>(slot);
  visit.ready_ns = nanoseconds(instance.ready[task.visit - replay_.first_[instance.item]]);
  visit.start_ns = nanoseconds(start);
  visit.end_ns = nanoseconds(now_);
  visit.cpu_ns = nanoseconds(cpu_share * (now_ - start));
  records_->push_back(visit);
}

}  // namespace imagemill
