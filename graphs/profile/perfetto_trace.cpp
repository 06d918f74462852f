#include "graphs/profile/perfetto_trace.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "graphs/records/record_file.h"

namespace imagemill {
namespace {

using Json = nlohmann::ordered_json;

// The format counts in processes and microseconds; a run is one process.
constexpr int kProcess = 1;

class TraceWriter {
 public:
  TraceWriter(std::ostream& to, const Graph& graph, RunResult& run)
      : to_(to), graph_(graph), run_(run) {}

  void write() {
    to_ << R"({"displayTimeUnit":"ms","traceEvents":[)" << '\n';
    name_threads();
    index();
    for (std::size_t i = 0; i < run_.visits.size(); ++i) span(i);
    show_phases();
    count_memory();
    count_queues();
    to_ << "\n]}\n";
  }

 private:
  struct Key {
    std::uint64_t item;
    std::uint32_t part;
    std::uint16_t node;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const {
      return (key.item * 0x9E3779B97F4A7C15u) ^ (std::uint64_t{key.part} << 20) ^ key.node;
    }
  };
  struct Step {
    std::int64_t at;
    std::int64_t by;
  };

  double micros(std::int64_t ns) const { return static_cast<double>(ns - run_.begin_ns) * 1e-3; }

  void event(const Json& json) {
    if (!first_) to_ << ",\n";
    first_ = false;
    to_ << json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  // Names the tracks: workers come first; each other thread belongs to one node.
  void name_threads() {
    std::vector<std::string> names;
    std::unordered_map<std::size_t, int> of_node;
    for (const Visit& visit : run_.visits) {
      if (names.size() <= visit.slot) names.resize(visit.slot + std::size_t{1});
      std::string& name = names[visit.slot];
      if (!name.empty()) continue;
      name = visit.slot < run_.report.workers
                 ? fmt::format("worker {}", visit.slot)
                 : fmt::format("{} {}", graph_.nodes()[visit.node].name, of_node[visit.node]++);
    }
    event({{"ph", "M"},
           {"pid", kProcess},
           {"name", "process_name"},
           {"args", {{"name", "imagemill"}}}});
    phases_track_ = names.size();
    if (!run_.solo.empty()) names.emplace_back("phases");
    for (std::size_t slot = 0; slot < names.size(); ++slot) {
      event({{"ph", "M"},
             {"pid", kProcess},
             {"tid", slot},
             {"name", "thread_name"},
             {"args", {{"name", names[slot]}}}});
      event({{"ph", "M"},
             {"pid", kProcess},
             {"tid", slot},
             {"name", "thread_sort_index"},
             {"args", {{"sort_index", slot}}}});
    }
  }

  void index() {
    for (std::size_t i = 0; i < run_.visits.size(); ++i) {
      const Visit& visit = run_.visits[i];
      if (visit.kind == Visit::Kind::work) places_[{visit.item, visit.part, visit.node}] = i;
    }
  }

  std::string name_of(const Visit& visit) {
    static constexpr std::array<const char*, 5> kWhat = {"", "probe of ", "setup of ", "piece of ",
                                                         "admission of "};
    const auto key = run_.keys.find(visit.item);
    return fmt::format("{}{} {}{}", kWhat[static_cast<std::size_t>(visit.kind)],
                       graph_.nodes()[visit.node].name, key ? *key : std::to_string(visit.item),
                       visit.part > 0 ? fmt::format(" #{}", visit.part) : "");
  }

  void span(std::size_t i) {
    const Visit& visit = run_.visits[i];
    Json args = {{"item", visit.item},
                 {"waited_us", static_cast<double>(visit.start_ns - visit.ready_ns) * 1e-3}};
    if (visit.cpu_ns != Visit::kNotRead) args["cpu_us"] = static_cast<double>(visit.cpu_ns) * 1e-3;
    if (visit.bytes_in > 0) args["bytes_in"] = visit.bytes_in;
    if (visit.bytes_out > 0) args["bytes_out"] = visit.bytes_out;
    if (visit.mark == Outcome::failed) args["failed"] = true;
    event({{"ph", "X"},
           {"pid", kProcess},
           {"tid", visit.slot},
           {"name", name_of(visit)},
           {"cat", graph_.nodes()[visit.node].type->name},
           {"ts", micros(visit.start_ns)},
           {"dur", static_cast<double>(visit.end_ns - visit.start_ns) * 1e-3},
           {"args", std::move(args)}});
    if (visit.kind == Visit::Kind::work) arrows_to(visit);
  }

  // Phases have a track of their own, because executions overlap the start of a phase.
  void show_phases() {
    for (const SoloPhase& phase : run_.solo) {
      event({{"ph", "X"},
             {"pid", kProcess},
             {"tid", phases_track_},
             {"name", "one worker at a time"},
             {"cat", "calibration"},
             {"ts", micros(phase.begin_ns)},
             {"dur", static_cast<double>(phase.end_ns - phase.begin_ns) * 1e-3}});
    }
  }

  // Adds arrows to `visit` from the executions that made its inputs.
  void arrows_to(const Visit& visit) {
    for (const auto& input : graph_.nodes()[visit.node].inputs) {
      std::size_t from = input.node;
      while (graph_.nodes()[from].type->role == Role::choice) {
        from = graph_.nodes()[from].inputs.front().node;
      }
      auto maker = places_.find({visit.item, visit.part, static_cast<std::uint16_t>(from)});
      if (maker == places_.end()) {
        maker = places_.find({visit.item, 0, static_cast<std::uint16_t>(from)});
      }
      if (maker == places_.end()) continue;
      const Visit& made = run_.visits[maker->second];
      const std::uint64_t id = ++arrows_;
      const auto end = [&](const char* phase, std::uint16_t slot, double at) {
        event({{"ph", phase},
               {"bp", "e"},
               {"pid", kProcess},
               {"tid", slot},
               {"id", id},
               {"name", "packet"},
               {"cat", "packet"},
               {"ts", at}});
      };
      // An arrow must start within the span of its producer.
      end("s", made.slot,
          micros(made.end_ns - std::min<std::int64_t>(made.end_ns - made.start_ns, 1000)));
      end("f", visit.slot, micros(visit.start_ns));
    }
  }

  void counter(const std::string& name, std::vector<Step> steps, const char* unit) {
    std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.at < b.at; });
    std::int64_t value = 0;
    for (const Step& step : steps) {
      value += step.by;
      event({{"ph", "C"},
             {"pid", kProcess},
             {"name", name},
             {"ts", micros(step.at)},
             {"args", {{unit, value}}}});
    }
  }

  // Counts leased memory: an item's lease ends with its last execution.
  void count_memory() {
    std::unordered_map<std::uint64_t, std::pair<std::uint64_t, std::int64_t>> leases;
    std::vector<Step> steps;
    for (const Visit& visit : run_.visits) {
      auto& [bytes, end] = leases[visit.item];
      if (visit.kind == Visit::Kind::admission) {
        bytes = visit.bytes_in;
        steps.push_back({visit.end_ns, static_cast<std::int64_t>(bytes)});
      }
      end = std::max(end, visit.end_ns);
    }
    for (const auto& [item, lease] : leases) {
      steps.push_back({lease.second, -static_cast<std::int64_t>(lease.first)});
    }
    counter("memory leased", std::move(steps), "bytes");
  }

  void count_queues() {
    std::vector<std::vector<Step>> queues(graph_.nodes().size());
    for (const Visit& visit : run_.visits) {
      if (visit.kind != Visit::Kind::work || visit.node == 0) continue;
      queues[visit.node].push_back({visit.ready_ns, 1});
      queues[visit.node].push_back({visit.start_ns, -1});
    }
    for (std::size_t node = 0; node < queues.size(); ++node) {
      if (queues[node].empty()) continue;
      counter("waiting for " + graph_.nodes()[node].name, std::move(queues[node]), "packets");
    }
  }

  std::ostream& to_;
  const Graph& graph_;
  RunResult& run_;
  std::unordered_map<Key, std::size_t, Hash> places_;  // index of each execution's visit
  std::size_t phases_track_ = 0;
  std::uint64_t arrows_ = 0;
  bool first_ = true;
};

}  // namespace

Result<void> write_trace(const std::filesystem::path& file, const Graph& graph, RunResult& run) {
  RecordFile record(file);
  TraceWriter(record.stream(), graph, run).write();
  return record.finish();
}

}  // namespace imagemill
