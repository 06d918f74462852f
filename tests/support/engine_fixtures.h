// Fixtures of the engine's tests: nodes that compute on short texts in memory, a world that
// observes all that they do, and runs that are checked for the invariants of every run.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "engine/run/executor.h"
#include "tests/support/faulty_file_system.h"

namespace imagemill::testing {

// Bytes that somebody says that he holds, and the most that there ever were.
class Gauge {
 public:
  // Bytes that are added here are added to `whole` as well.
  explicit Gauge(std::shared_ptr<Gauge> whole = nullptr) : whole_(std::move(whole)) {}
  void add(std::uint64_t bytes);
  void subtract(std::uint64_t bytes);
  std::uint64_t live() const { return live_; }
  std::uint64_t peak() const { return peak_; }

 private:
  std::shared_ptr<Gauge> whole_;
  std::atomic<std::uint64_t> live_ = 0;
  std::atomic<std::uint64_t> peak_ = 0;
};

// Content that the handles of one payload share: a text, and the size in bytes that it claims.
struct Content {
  Content(std::string t, std::uint64_t b, std::shared_ptr<Gauge> g);
  Content(const Content&) = delete;
  Content& operator=(const Content&) = delete;
  ~Content() { gauge->subtract(bytes); }
  void resize(std::uint64_t to);

  static constexpr std::int64_t kWhole = -1;

  std::string text;
  std::int64_t part = kWhole;  // which one, behind a one-to-many node
  std::uint64_t bytes;
  std::shared_ptr<Gauge> gauge;  // of the item
};

struct Text {
  static constexpr std::string_view kTypeName = "text";
  std::shared_ptr<Content> content;
  std::uint64_t byte_size() const { return content->bytes; }
  std::span<const std::uint8_t> file_bytes() const {
    return {reinterpret_cast<const std::uint8_t*>(content->text.data()), content->text.size()};
  }
};

// A payload of another type.
struct Number {
  static constexpr std::string_view kTypeName = "number";
  std::uint64_t value = 0;
  std::uint64_t byte_size() const { return sizeof value; }
};

// Where a node asks the test what to do.
enum class Phase { open, list, probe, choose, load, plan, scratch, process, close };

// Calls of one node that the world saw.
struct Seen {
  int calls = 0;   // of process or load
  int active = 0;  // of which not returned yet
  int most = 0;    // highest `active`
  int scratches = 0;
  std::set<std::thread::id> threads;
};

// The items, the outputs (files in memory) and the observations of a run. The nodes find it as the
// file system of their environment.
class World : public MemoryFileSystem {
 public:
  struct Entry {
    std::string key;
    std::uint64_t bytes = 100;
    std::int64_t width = 64;
    std::int64_t height = 48;
    bool ignored = false;  // is no item
    int version = 0;       // of its content, which is the key alone at first
    std::int64_t modified = 1;
  };

  World() = default;
  // `count` items named "000", "001", …
  explicit World(int count);
  explicit World(const std::vector<std::string>& keys);

  std::vector<Entry> entries;
  std::vector<Error> unreadable;
  bool ordered = false;  // whether the entries come in an order to rely on
  // Replaces `entries` if set, so that entries need not be in memory.
  std::function<std::unique_ptr<Cursor>()> cursor;
  // May fail, throw or wait. From many threads. Of a packet behind a one-to-many node the key is
  // "KEY#NUMBER" when it is processed.
  std::function<Result<void>(Phase, const std::string& node, const std::string& key)> hook;
  // May say what a step loses of a packet, whose key is as in Phase::process.
  std::function<void(const std::string& node, const std::string& key, const Losses&)> lose;
  // Losses of a note against its file.
  std::vector<Loss> note_losses;
  // May change what a sink says of an output.
  std::function<void(Written&)> on_written;

  Seen seen(const std::string& node) const;
  // "node:key" for every call, in the order in which they began.
  std::vector<std::string> log() const;
  // The most bytes that the payloads of one item, and its nodes' scratch, came to.
  std::uint64_t peak_of(const std::string& key) const;
  std::uint64_t live_bytes() const;                        // of all items
  std::uint64_t peak_bytes() const;                        // likewise, at once
  bool shared_scratch() const { return shared_scratch_; }  // one was used twice at once
  bool wrong_part() const { return wrong_part_; }          // a node got parts of different numbers
  // Forgets what was observed and written, to be run again.
  void clear();

  // For the nodes.
  class Visit {
   public:
    Visit(World& world, const std::string& node, const std::string& key);
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    ~Visit();

   private:
    World& world_;
    const std::string& node_;
  };
  Result<void> ask(Phase phase, const std::string& node, const std::string& key) const;
  std::shared_ptr<Gauge> gauge(const std::string& key);
  void count_scratch(const std::string& node);
  void found_shared_scratch() { shared_scratch_ = true; }
  void found_wrong_part() { wrong_part_ = true; }
  // Entry by its key; a cursor's keys that begin with "no" are no items.
  Entry entry(const std::string& key) const;
  void index_entries();

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Seen> seen_;
  std::vector<std::string> log_;
  std::map<std::string, std::shared_ptr<Gauge>> gauges_;
  std::shared_ptr<Gauge> total_ = std::make_shared<Gauge>();
  std::map<std::string, const Entry*> index_;
  std::atomic<bool> shared_scratch_ = false;
  std::atomic<bool> wrong_part_ = false;
};

// The node types. Each has the parameter `label` by which the world knows it. Text in, text out:
//
//   items         the source
//   step          appends ">LABEL" to the text; CPU
//   serial_step   likewise, not const
//   io_step       likewise, on I/O threads, 2 by default
//   scratch_step  likewise, with scratch
//   pair          joins `first` and `second`: "(FIRST+SECOND)"
//   cut           makes `count` texts of one: "TEXT#NUMBER"; level 7, column NUMBER, row -NUMBER
//   stamp         a constant: its label
//   choose        sends an item to the first of its outputs, to.NAME=PART, whose part the key has
//   keep          lets the items pass whose key has `part`
//   measure       Text → Number, its length
//   store         a sink on I/O threads, 2 by default: writes the text to `path`
//   collect       likewise, CPU
//   serial_collect  likewise, not const
//   file_number   Number → a file
//
//   route         a choice: `outputs=NAME:TEST,…`, of which an item takes the first whose test it
//                 passes. A test is "<N" (fewer bytes than N), "~X" (its key contains X) or nothing
//   filter        a choice: `keep=TEST`
//   join          ports a and b: "(A+B)>LABEL"; CPU
//   serial_join   likewise, not const
//   io_join       likewise, on I/O threads, 2 by default
//   join3         ports a, b and c
//   split         one-to-many: `parts` packets, or one to `parts` with `vary`, by the item's bytes;
//                 part N is "TEXT#N". `wrong` is how many more it makes than it has planned
//   io_split      likewise, on I/O threads
//   note          a constant: "=LABEL", of `bytes` bytes
//
// Steps take bytes (of their output; 0: as the input), scratch_bytes and in_place, as do pair and
// joins (as the first input); cut and split take bytes (of each part). Sinks take path, a path
// template
// ("LABEL/{dir}/{name}" by default, with ".{number}" behind a one-to-many node if `parts` is set).
const NodeRegistry& synthetic_nodes();

// A graph, a node a line: "NAME: TYPE < INPUT param=value concurrency=2". Adds label=NAME.
std::vector<NodeConfig> parse_graph(std::string_view lines);
Graph make_graph(std::string_view lines);
inline constexpr std::string_view kTwoBranches = R"(
  read: items concurrency=2
  a: step < read
  b: io_step < a
  c: step < a
  out1: store < b
  out2: collect < c
)";

// How a run is made.
struct Settings {
  bool serial = false;
  bool pool = false;  // or on plain threads: pool_executor.h
  unsigned seed = 0;  // of the pool's order
  int workers = 2;
  std::uint64_t memory = std::uint64_t{1} << 30;
  OnError on_error = OnError::skip;
  FailureLimit max_failures = {};
  std::stop_token stop = {};
  Journal* journal = nullptr;
  std::optional<Shard> shard = {};
  Redo redo = Redo::everything;
  Former former = Former::removed;
  std::int64_t item_timeout_ns = 0;
  std::function<void(RunResult)> abandoned = nullptr;
  std::string made_by = {};
};
std::string describe(const Settings& settings);
// The serial executor, the one on plain threads, and the flow executor with several numbers of
// workers.
std::vector<Settings> all_executors();

// End of an item as the observer saw it.
struct Ended {
  Outcome outcome = Outcome::skipped;
  std::vector<Error> errors;     // by node and message
  std::vector<Loss> losses;      // by node and kind
  std::vector<Written> outputs;  // by path
  std::uint64_t lease_bytes = 0;
  std::size_t expected_outputs = 0;  // that were claimed
};

struct Run {
  RunResult result;
  std::uint64_t listed = 0;
  std::map<std::string, Ended> ended;   // by key
  std::vector<std::string> order;       // keys, as they ended
  std::vector<std::string> ignored;     // keys
  std::vector<std::string> complaints;  // what must never happen, and did

  const StageStats& stage(std::string_view node) const;
  // The error of an item that has one; fails the test otherwise.
  const Error& error(const std::string& key) const;
};

// Runs the graph in the world, under a watchdog. `on_ended` is called by the observer.
Result<Run> try_run(World& world, const Graph& graph, const Settings& settings,
                    const std::function<void(const Item&)>& on_ended = {});
// … and fails the test unless what must hold of every run holds: every item ended once, the counts
// add up, errors are addressed, the outputs of the ok items and no others were written, no
// item held more than its lease and all of them no more than the budget.
Run run(World& world, std::string_view graph, const Settings& settings,
        const std::function<void(const Item&)>& on_ended = {});

}  // namespace imagemill::testing
