#include "engine/run_state.h"

#include <algorithm>
#include <functional>
#include <stdexcept>

#include <sys/resource.h>

#include "engine/guarded.h"

namespace imagemill {
namespace {

// Items in flight, whatever their size: enough to keep every thread busy while sizes vary, and few
// enough that what was read is still in the cache when it is decoded.
std::uint64_t max_items_in_flight(const Graph& graph, int workers) {
  int io_threads = 0;
  for (const GraphNode& node : graph.nodes()) {
    if (node.on_io_threads()) io_threads += node.concurrency;
  }
  return static_cast<std::uint64_t>(4 * workers + io_threads);
}

// Adds the time from construction to destruction.
class Timer {
 public:
  explicit Timer(StageShard& shard) : shard_(shard) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() {
    shard_.service_ns += elapsed_ns();
    shard_.cpu_ns += thread_cpu_ns() - cpu_start_;
  }
  std::int64_t start_ns() const { return start_; }
  std::int64_t elapsed_ns() const { return now_ns() - start_; }

 private:
  StageShard& shard_;
  const std::int64_t start_ = now_ns();
  const std::int64_t cpu_start_ = thread_cpu_ns();
};

}  // namespace

RunState::RunState(const Graph& graph, const RunOptions& options, RunObserver& observer,
                   int workers, int slots)
    : graph_(graph),
      options_(options),
      observer_(observer),
      workers_(workers),
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

Result<void> RunState::open() {
  started_ns_ = now_ns();
  Environment environment = options_.environment;
  environment.stop = stop_.get_token();
  if (auto opened = guarded([&] { return graph_.open(environment); }); !opened) return opened;
  budget_.set_aside(graph_.constant_bytes());
  auto listing = guarded([&] { return graph_.source().list(); });
  if (!listing) return tl::make_unexpected(std::move(listing.error()));
  cursor_ = std::move(*listing);
  if (const auto total = cursor_->total()) observer_.listed(*total);
  on_outer_stop_.emplace(options_.stop, [this] { stop(Ending::stopped, ""); });
  return {};
}

RunState::Probe RunState::probe(const std::string& key) const {
  auto found = guarded([&] { return graph_.source().probe(key); });
  if (!found) return {.error = std::move(found.error()), .candidate = {}};
  return {.error = {}, .candidate = std::move(*found)};
}

std::optional<std::pair<std::uint64_t, Entry>> RunState::next_entry() {
  const std::lock_guard lock(source_mutex_);
  if (exhausted_) return {};
  auto next = guarded([&] { return Result<std::optional<Entry>>(cursor_->next()); });
  std::optional<std::pair<std::uint64_t, Entry>> found;
  if (!next) {
    found = {next_index_++, Entry{.key = "", .error = std::move(next.error())}};
  } else if (*next) {
    found = {next_index_++, std::move(**next)};
  }
  if (found && options_.watch != nullptr) RunWatch::count(options_.watch->source.taken);
  // A cursor that throws has nothing more to give.
  if (!next || !*next) {
    exhausted_ = true;
    const std::lock_guard alone(observer_mutex_);
    observer_.listed(next_index_);
  }
  return found;
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
      const Timer timer(shard);
      probed = probe(found.key);
      probe_ns = timer.elapsed_ns();
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
      const Timer timer(shard);
      auto loaded = guarded([&] { return probed.candidate->load(); });
      if (loaded) {
        packet.payload = std::move(*loaded);
        packet.payload_bytes = graph_.source().payload_bytes(packet.payload);
        shard.bytes_out += packet.payload_bytes;
      } else {
        fail(0, item, std::move(loaded.error()));
      }
      shard.service.add(timer.elapsed_ns() + probe_ns);
    }
    if (!item->errors().empty()) {
      ++shard.failed;
      end_packet(item, Outcome::failed);
      continue;
    }
    packet.ready_ns = now_ns();
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
  if (probe.candidate) claim_paths(*item);
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
      const std::string whose =
          *owner == *place && *owner != 0
              ? "for another of its own outputs"
              : "for '" + claimants_.read(*owner).value_or("an earlier item") + "'";
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
  // What was taken in is given back before the next stage can see the result.
  in = Packet();
  if (graph_node.type->role == Role::sink) end_packet(out.item, out.mark);
  out.ready_ns = now_ns();
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
  const Timer timer(shard);
  shard.queue_wait_ns += timer.start_ns() - in.ready_ns;
  auto result = guarded([&] { return process(node, in, scratch.get()); });
  shard.service.add(timer.elapsed_ns());
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
                  .lease_bytes = in.item->lease_bytes()};
  if (config.inputs.size() == 1) return config.node->process({&in.payload, 1}, scratch, call);

  Payloads inputs = config.joins() ? std::any_cast<Payloads>(std::move(in.payload))
                                   : Payloads(config.inputs.size());
  for (std::size_t port = 0; port < inputs.size(); ++port) {
    const GraphNode& source = graph_.nodes()[config.inputs[port].node];
    if (source.type->role == Role::constant) {
      inputs[port] = source.node->constant().value;
    } else if (!config.joins()) {
      inputs[port] = std::move(in.payload);
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
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    const GraphNode& node = graph_.nodes()[i];
    StageStats& stats = report.stages.emplace_back();
    stats.node = node.name;
    stats.type = node.type->name;
    stats.on_workers = !node.on_io_threads();
    stats.concurrency = concurrency_of(node);
    for (const StageShard& shard : stages_[i].shards) stats.total.merge(shard);
    const double service_s = static_cast<double>(stats.total.service_ns) * 1e-9;
    stats.utilisation = report.wall_s > 0 ? service_s / (report.wall_s * stats.concurrency) : 0;
  }
  return result;
}

}  // namespace imagemill
