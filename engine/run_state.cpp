#include "engine/run_state.h"

#include <algorithm>
#include <functional>
#include <stdexcept>

#include <sys/resource.h>

#include "engine/guarded.h"

namespace imagemill {
namespace {

// Items in flight, whatever their size: each thread has one in hand and each worker finds another
// waiting. More would only be more memory, and colder by the time it is decoded.
std::uint64_t max_items_in_flight(const Graph& graph, int workers) {
  int io_threads = 0;
  for (const GraphNode& node : graph.nodes()) {
    if (node.on_io_threads()) io_threads += node.concurrency;
  }
  return static_cast<std::uint64_t>(2 * workers + io_threads);
}

// How far the source is listed ahead of the readers: so far that most runs know soon how much there
// is to do, and never so far that a million names are held.
constexpr std::size_t kListedAhead = 65'536;

// Measures from construction to stop().
class Timer {
 public:
  explicit Timer(StageShard& shard)
      : shard_(shard),
        reads_cpu_(shard.reads_cpu_clock()),
        start_(now_ns()),
        cpu_start_(reads_cpu_ ? thread_cpu_ns() : 0) {}

  std::int64_t start_ns() const { return start_; }
  // Adds the time to the shard, and gives it.
  std::int64_t stop() {
    const std::int64_t cpu = reads_cpu_ ? thread_cpu_ns() - cpu_start_ : 0;
    end_ = now_ns();
    const std::int64_t elapsed = end_ - start_;
    shard_.service_ns += elapsed;
    shard_.cpu_ns += cpu;
    if (reads_cpu_) shard_.cpu_of_ns += elapsed;
    return elapsed;
  }
  // Requires: stopped.
  std::int64_t end_ns() const { return end_; }

 private:
  StageShard& shard_;
  const bool reads_cpu_;
  const std::int64_t start_;
  const std::int64_t cpu_start_;
  std::int64_t end_ = 0;
};

class OneByOne final : public Parallel {
 public:
  void run(int count, const std::function<void(int)>& piece) const override {
    for (int i = 0; i < count; ++i) piece(i);
  }
};

}  // namespace

const Parallel& Parallel::none() {
  static const OneByOne instance;
  return instance;
}

RunState::RunState(const Graph& graph, const RunOptions& options, RunObserver& observer,
                   int workers, int slots, const Parallel& parallel)
    : graph_(graph),
      options_(options),
      observer_(observer),
      workers_(workers),
      parallel_(parallel),
      budget_(options.memory_bytes, max_items_in_flight(graph, workers)),
      stages_(graph.nodes().size()) {
  for (Stage& stage : stages_) {
    stage.shards.resize(static_cast<std::size_t>(slots));
    stage.scratch.resize(static_cast<std::size_t>(slots));
  }
  if (options.watch == nullptr) return;
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    const GraphNode& node = graph.nodes()[i];
    if (node.works()) stages_[i].watch = &options.watch->add_stage(node.name, node.joins());
  }
}

RunState::~RunState() { stop_.request_stop(); }

Result<void> RunState::open() {
  started_ns_ = now_ns();
  Environment environment = options_.environment;
  environment.stop = stop_.get_token();
  if (auto opened = guarded([&] { return graph_.open(environment); }); !opened) return opened;
  budget_.set_aside(graph_.constant_bytes());
  auto listing = guarded([&] { return graph_.source().list(); });
  if (!listing) return tl::make_unexpected(std::move(listing.error()));
  cursor_ = std::move(*listing);
  const bool one_at_a_time = stages_.front().shards.size() == 1;
  if (options_.item_memory == ItemMemory::measured && one_at_a_time) {
    resident_ = ResidentMemory::open();
    if (resident_) resident_at_start_ = resident_->begin();
  }
  on_outer_stop_.emplace(options_.stop, [this] { stop(Ending::stopped, ""); });
  lister_ = std::jthread([this] { list(); });
  return {};
}

RunState::Probe RunState::probe(const std::string& key) const {
  auto found = guarded([&] { return graph_.source().probe(key); });
  if (!found) return {.error = std::move(found.error()), .candidate = {}};
  return {.error = {}, .candidate = std::move(*found)};
}

void RunState::list() {
  std::uint64_t listed = 0;
  while (true) {
    auto next = guarded([&]() -> Result<std::optional<Entry>> { return cursor_->next(); });
    std::unique_lock lock(source_mutex_);
    if (next && *next) {
      ++listed;
      if (!source_moved_.wait(lock, stop_.get_token(),
                              [&] { return ahead_.size() < kListedAhead; })) {
        break;
      }
      ahead_.push_back(std::move(**next));
    } else if (!next) {
      ++listed;
      ahead_.push_back({.key = ".", .error = std::move(next.error())});
    }
    exhausted_ = !next || !*next;
    lock.unlock();
    source_moved_.notify_all();
    if (exhausted_) break;
  }
  const std::lock_guard lock(observer_mutex_);
  observer_.listed(listed);
}

std::optional<std::pair<std::uint64_t, Entry>> RunState::next_entry() {
  std::unique_lock lock(source_mutex_);
  const auto moved = [&] { return !ahead_.empty() || exhausted_; };
  if (!moved() && !source_moved_.wait(lock, stop_.get_token(), moved)) return {};
  if (ahead_.empty()) return {};
  const bool was_full = ahead_.size() == kListedAhead;
  if (options_.watch != nullptr) RunWatch::count(options_.watch->source.taken);
  std::pair entry(next_index_++, std::move(ahead_.front()));
  ahead_.pop_front();
  lock.unlock();
  if (was_full) source_moved_.notify_all();
  return entry;
}

std::optional<Packet> RunState::next_item(int slot) {
  StageShard& shard = stages_.front().shards[static_cast<std::size_t>(slot)];
  while (!stop_.stop_requested()) {
    auto entry = next_entry();
    if (!entry) return {};
    auto& [index, found] = *entry;

    Probe probed;
    std::int64_t probe_ns = 0;
    if (found.error) {
      probed.error = std::move(found.error);
    } else {
      Timer timer(shard);
      probed = probe(found.key);
      probe_ns = timer.stop();
    }
    const std::shared_ptr<Item> item = admit(index, std::move(found.key), probed, slot);
    if (item == nullptr) continue;

    if (probed.error) fail(0, item, std::move(*probed.error));
    if (item->errors().empty() && item->plan(0).packets == 0) {
      end_packet(item, Outcome::skipped);
      continue;
    }
    ++shard.count;
    Packet packet{.item = item};
    if (item->errors().empty()) {
      Timer timer(shard);
      auto loaded = guarded([&] { return probed.candidate->load(); });
      if (loaded) {
        packet.payload = std::move(*loaded);
        packet.payload_bytes = graph_.source().payload_bytes(packet.payload);
        shard.bytes_out += packet.payload_bytes;
      } else {
        fail(0, item, std::move(loaded.error()));
      }
      shard.service.add(timer.stop() + probe_ns);
      packet.ready_ns = timer.end_ns();
    }
    if (!item->errors().empty()) {
      ++shard.failed;
      end_packet(item, Outcome::failed);
      continue;
    }
    for (std::size_t node = 0; node < stages_.size(); ++node) {
      if (RunWatch::Stage* watch = stages_[node].watch) {
        RunWatch::count(watch->due, item->plan(node).packets);
      }
    }
    return packet;
  }
  return {};
}

// The item of an entry, admitted in its turn; null where it is none, or the run stops.
std::shared_ptr<Item> RunState::admit(std::uint64_t index, std::string key, Probe& probe,
                                      int slot) {
  const bool ignored = !probe.error && !probe.candidate;
  ItemInfo info{.index = index, .key = std::move(key), .facts = {}};
  std::vector<NodePlan> plans(stages_.size());
  std::uint64_t peak = 0;
  if (probe.candidate) {
    info.facts = probe.candidate->facts;
    info.texts = std::move(probe.candidate->texts);
    if (auto planned = guarded([&] { return graph_.plan(info); })) {
      plans = std::move(*planned);
      peak = graph_.peak_bytes(plans);
    } else {
      probe = {.error = std::move(planned.error()), .candidate = {}};
    }
  }

  if (options_.watch != nullptr) RunWatch::count(options_.watch->source.planned);
  if (!await_turn(index)) return nullptr;
  if (ignored) {
    pass_turn();
    const std::lock_guard lock(observer_mutex_);
    ++ignored_;
    observer_.ignored(info.key);
    return nullptr;
  }
  const std::int64_t asked = now_ns();
  Lease lease = budget_.reserve(peak, stop_.get_token());
  admission_wait_ns_ += now_ns() - asked;
  if (!lease) return nullptr;
  auto item = std::make_shared<Item>(std::move(info), std::move(plans));
  item->hold(std::move(lease));
  if (probe.candidate) {
    claim_paths(*item);
    FormatMemory& memory = formats_[std::string(item->info().facts.format)];
    ++memory.items;
    memory.estimate_bytes = std::max(memory.estimate_bytes, peak);
    if (resident_) resident_->begin();
  }
  ++admitted_;
  if (options_.watch != nullptr) RunWatch::count(options_.watch->source.admitted);
  pass_turn();
  for (std::size_t node = 0; node < stages_.size(); ++node) {
    if (graph_.nodes()[node].type->role != Role::choice) continue;
    const NodePlan& plan = item->plan(node);
    StageShard& shard = stages_[node].shards[static_cast<std::size_t>(slot)];
    if (plan.choice || plan.skips) ++shard.count;
    if (plan.skips) ++shard.skipped;
  }
  return item;
}

void RunState::claim_paths(Item& item) {
  std::optional<std::uint64_t> place;
  for (std::size_t node = 0; node < stages_.size(); ++node) {
    for (const std::string& path : item.plan(node).claims) {
      if (path.empty()) continue;
      if (!place) place = claimants_.add(item.info().key);
      const auto owner = claims_.claim(path, *place);
      if (!owner) continue;
      std::string whose = "for another of its own outputs";
      if (*owner != *place || *owner == 0) {
        whose = "for '";
        whose += claimants_.read(*owner).value_or("an earlier item");
        whose += "'";
      }
      Error error("output_conflict", "its output '" + path + "' is already written " + whose);
      error.node = graph_.nodes()[node].name;
      error.item = item.info().key;
      item.add_error(std::move(error));
    }
  }
}

// Every entry waits for those before it, so that what happens at admission happens in the source's
// order.
bool RunState::await_turn(std::uint64_t index) {
  std::unique_lock lock(turn_mutex_);
  return turn_passed_.wait(lock, stop_.get_token(), [&] { return turn_ == index; });
}

void RunState::pass_turn() {
  {
    const std::lock_guard lock(turn_mutex_);
    ++turn_;
  }
  turn_passed_.notify_all();
}

Packet RunState::run_node(std::size_t node, Packet in, int slot) {
  const GraphNode& graph_node = graph_.nodes()[node];
  Packet out{.item = in.item, .mark = in.mark, .number = in.number};
  RunWatch::Stage* const watch = stages_[node].watch;
  if (watch != nullptr) RunWatch::count(watch->begun);
  if (out.mark == Outcome::ok && stop_.stop_requested()) out.mark = Outcome::cancelled;
  if (out.mark == Outcome::ok) {
    StageShard& shard = stages_[node].shards[static_cast<std::size_t>(slot)];
    auto result = call(node, in, slot, shard);
    if (result && graph_node.type->arity == Arity::many &&
        std::any_cast<Payloads>(&*result)->size() != out.item->plan(node).plan.parts.size()) {
      result = failure("internal", "another number of parts than was planned");
    }
    if (!result) {
      ++shard.failed;
      out.mark = Outcome::failed;
      fail(node, out.item, std::move(result.error()));
    } else {
      out.payload_bytes = graph_node.node->payload_bytes(*result);
      shard.bytes_out += out.payload_bytes;
      if (graph_node.type->role == Role::sink) {
        out.item->add_output(std::any_cast<Written>(std::move(*result)));
      } else {
        out.payload = std::move(*result);
      }
    }
  }
  out.ready_ns = in.ready_ns;
  // What was taken in is given back before the next stage can see the result.
  in = Packet();
  if (graph_node.type->role == Role::sink) end_packet(out.item, out.mark);
  if (watch != nullptr) RunWatch::count(watch->ended);
  return out;
}

Result<Payload> RunState::call(std::size_t node, Packet& in, int slot, StageShard& shard) {
  Node& body = *graph_.nodes()[node].node;
  auto& scratch = stages_[node].scratch[static_cast<std::size_t>(slot)];
  if (shard.count == 0) {
    const std::int64_t start = now_ns();
    auto made = guarded([&] { return body.make_scratch(); });
    shard.setup_ns += now_ns() - start;
    if (!made) return tl::make_unexpected(std::move(made.error()));
    scratch = std::move(*made);
  }
  ++shard.count;
  shard.bytes_in += in.payload_bytes;
  Timer timer(shard);
  shard.queue_wait_ns += timer.start_ns() - in.ready_ns;
  auto result = guarded([&] { return process(node, in, scratch.get()); });
  shard.service.add(timer.stop());
  in.ready_ns = timer.end_ns();
  return result;
}

// Brings the inputs together: what flowed, and constants.
Result<Payload> RunState::process(std::size_t node, Packet& in, Node::Scratch* scratch) {
  const GraphNode& config = graph_.nodes()[node];
  const NodePlan& plan = in.item->plan(node);
  const bool whole = plan.parts_of == NodePlan::kNoParts;
  const PartOf part{in.number, whole ? Part() : in.item->plan(plan.parts_of).plan.parts[in.number]};
  const Call call{.item = in.item->info(),
                  .plan = plan,
                  .number = in.number,
                  .part = whole ? nullptr : &part,
                  .lease_bytes = in.item->lease_bytes(),
                  .parallel = parallel_};
  if (config.inputs.size() == 1) return config.node->process({&in.payload, 1}, scratch, call);

  Payloads inputs(config.inputs.size());
  std::size_t flowing = 0;
  for (std::size_t port = 0; port < inputs.size(); ++port) {
    const GraphNode& source = graph_.nodes()[config.inputs[port].node];
    if (source.type->role == Role::constant) {
      inputs[port] = source.node->constant().value;
    } else {
      flowing = port;
    }
  }
  if (!config.joins()) {
    inputs[flowing] = std::move(in.payload);
  } else {
    auto joined = std::any_cast<Payloads>(std::move(in.payload));
    for (std::size_t port = 0; port < inputs.size(); ++port) {
      if (joined[port].has_value()) inputs[port] = std::move(joined[port]);
    }
  }
  return config.node->process(inputs, scratch, call);
}

std::vector<Packet> RunState::parts(std::size_t node, Packet out) const {
  const std::size_t count = out.item->plan(node).plan.parts.size();
  Payloads payloads(count);
  if (out.mark == Outcome::ok) payloads = std::any_cast<Payloads>(std::move(out.payload));
  out.item->add_packets(count - 1);
  std::vector<Packet> packets(count);
  for (std::size_t number = 0; number < count; ++number) {
    packets[number] = {.item = out.item,
                       .mark = out.mark,
                       .number = number,
                       .payload = std::move(payloads[number]),
                       .payload_bytes = out.payload_bytes / count,
                       .ready_ns = out.ready_ns};
  }
  return packets;
}

std::optional<Packet> RunState::join(std::size_t node, std::size_t port, Packet packet) const {
  const GraphNode& config = graph_.nodes()[node];
  const std::shared_ptr<Item> item = packet.item;
  if (packet.mark != Outcome::ok) packet.payload.reset();
  RunWatch::Stage* const watch = stages_[node].watch;
  if (watch != nullptr) RunWatch::count(watch->paired);
  auto packets =
      item->join(node, port, config.inputs.size(), config.flow_inputs, std::move(packet));
  if (!packets) return {};
  item->merge_packets(config.flow_inputs - 1);
  if (watch != nullptr) RunWatch::count(watch->joined, config.flow_inputs);
  Packet joined{.item = item, .ready_ns = now_ns()};
  Payloads payloads(packets->size());
  for (std::size_t i = 0; i < packets->size(); ++i) {
    Packet& part = (*packets)[i];
    if (graph_.nodes()[config.inputs[i].node].type->role == Role::constant) continue;
    if (part.mark != Outcome::ok) joined.mark = std::max(joined.mark, part.mark);
    joined.number = part.number;
    joined.payload_bytes += part.payload_bytes;
    payloads[i] = std::move(part.payload);
  }
  if (joined.mark == Outcome::ok) joined.payload = std::move(payloads);
  return joined;
}

void RunState::fail(std::size_t node, const std::shared_ptr<Item>& item, Error error) {
  if (error.node.empty()) error.node = graph_.nodes()[node].name;
  error.item = item->info().key;
  if (error.scope == Scope::run) stop(Ending::outside, to_string(error));
  item->add_error(std::move(error));
}

void RunState::end_packet(const std::shared_ptr<Item>& item, Outcome outcome) {
  if (!item->end_packet(outcome)) return;
  if (options_.watch != nullptr) RunWatch::count(options_.watch->source.ended);
  if (resident_) {
    const auto memory = formats_.find(item->info().facts.format);
    const std::uint64_t peak = resident_->peak();
    if (memory != formats_.end() && peak > resident_at_start_) {
      std::uint64_t& actual = memory->second.actual_bytes;
      actual = std::max(actual, peak - resident_at_start_);
    }
  }
  {
    const std::lock_guard lock(observer_mutex_);
    switch (item->outcome()) {
      case Outcome::ok:
        ++counts_.ok;
        break;
      case Outcome::skipped:
        ++counts_.skipped;
        break;
      case Outcome::failed:
        ++counts_.failed;
        break;
      case Outcome::cancelled:
        ++counts_.cancelled;
        break;
    }
    observer_.ended(*item);
  }
  if (item->outcome() == Outcome::failed && options_.on_error == OnError::stop)
    stop(Ending::on_error, "");
}

// The first reason counts.
void RunState::stop(Ending ending, const std::string& cause) {
  {
    const std::lock_guard lock(ending_mutex_);
    if (ending_ == Ending::complete) {
      ending_ = ending;
      cause_ = cause;
    }
  }
  stop_.request_stop();
}

int RunState::concurrency_of(const GraphNode& node) const {
  return node.concurrency > 0 ? node.concurrency : workers_;
}

RunResult RunState::finish(std::string executor) {
  on_outer_stop_.reset();
  lister_.join();
  RunResult result;
  result.ending = ending_;
  result.cause = cause_;
  RunReport& report = result.report;
  report.items = counts_;
  report.items.admitted = admitted_;
  if (report.items.ended() != admitted_ || budget_.used() != 0) {
    throw std::logic_error("the engine lost count: " + std::to_string(admitted_) +
                           " items admitted, " + std::to_string(counts_.ended()) + " ended, " +
                           std::to_string(budget_.used()) + " bytes still leased");
  }
  report.ignored = ignored_;
  report.wall_s = static_cast<double>(now_ns() - started_ns_) * 1e-9;
  report.workers = workers_;
  report.executor = std::move(executor);
  report.memory_limit_bytes = budget_.limit();
  report.memory_peak_bytes = budget_.peak();
  report.largest_item_bytes = budget_.largest();
  report.admission_wait_s = static_cast<double>(admission_wait_ns_) * 1e-9;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  report.peak_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  if (resident_) report.peak_rss_bytes = std::max(report.peak_rss_bytes, resident_->highest());
  report.formats = std::move(formats_);
  report.measured_items = resident_.has_value();
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    const GraphNode& node = graph_.nodes()[i];
    StageStats& stats = report.stages.emplace_back();
    stats.node = node.name;
    stats.type = node.type->name;
    stats.on_workers = !node.on_io_threads();
    stats.concurrency = concurrency_of(node);
    stats.skip_reason = node.node->reason();
    for (const StageShard& shard : stages_[i].shards) stats.total.merge(shard);
    const double service_s = static_cast<double>(stats.total.service_ns) * 1e-9;
    stats.utilisation = report.wall_s > 0 ? service_s / (report.wall_s * stats.concurrency) : 0;
  }
  return result;
}

}  // namespace imagemill
