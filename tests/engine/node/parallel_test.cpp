// A node may split its work over workers that have nothing else to do.
#include "engine/node/parallel.h"

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "engine/run/executor.h"
#include "tests/support/catch.h"
#include "tests/support/watchdog.h"

namespace imagemill::testing {
namespace {

struct Token {
  static constexpr std::string_view kTypeName = "token";
  std::size_t byte_size() const { return 1; }
};

struct One {
  static void describe(NodeSchema<One>& s) {
    s.summary("Yields one item.");
    s.resource(Resource::io, 1);
  }
  Result<std::unique_ptr<Cursor>> list() const { return cursor_of({Entry{.key = "a"}}); }
  Result<std::optional<Candidate<Token>>> probe(const std::string&) const {
    return Candidate<Token>{{}, []() -> Result<Token> { return Token(); }};
  }
};

// Where the pieces of the run at hand ran.
std::mutex mutex;
std::set<std::thread::id> threads;
std::atomic<int> pieces_run;
std::atomic<int> at_once;
std::atomic<int> most_at_once;
std::atomic<bool> throws;

struct Splitting {
  int pieces = 4;
  static void describe(NodeSchema<Splitting>& s) {
    s.summary("Splits its work.");
    s.param("pieces", &Splitting::pieces, "How many.");
  }
  Result<Written> process(Token, const Call& call) const {
    call.parallel.run(pieces, [](int) {
      const int now = ++at_once;
      int most = most_at_once;
      while (most < now && !most_at_once.compare_exchange_weak(most, now)) {
      }
      {
        const std::lock_guard lock(mutex);
        threads.insert(std::this_thread::get_id());
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ++pieces_run;
      --at_once;
      if (throws) throw std::bad_alloc();
    });
    return Written{};
  }
};

RunReport run_split(Executor& executor, int workers, const std::string& pieces) {
  NodeRegistry registry;
  registry.add<One>("one");
  registry.add<Splitting>("splitting");
  const auto graph =
      Graph::build({{.name = "read", .type = "one", .inputs = {}, .params = {}, .concurrency = 0},
                    {.name = "split",
                     .type = "splitting",
                     .inputs = {"read"},
                     .params = {{"pieces", pieces}},
                     .concurrency = 0}},
                   registry);
  REQUIRE(graph);
  threads.clear();
  pieces_run = most_at_once = 0;
  RunOptions options;
  options.workers = workers;
  RunObserver nobody;
  const Watchdog watchdog("a split node");
  return executor.run(*graph, options, nobody)->report;
}

TEST_CASE("Pieces run on idle workers, all of them before the node goes on", "[engine]") {
  const RunReport report = run_split(*make_flow_executor(), 4, "12");
  CHECK(report.items.ok == 1);
  CHECK(pieces_run == 12);
  CHECK(most_at_once > 1);
  CHECK(threads.size() > 1);
  CHECK(threads.size() <= 4);
}

TEST_CASE("With one worker, and serially, pieces run one after the other", "[engine]") {
  for (const auto& executor : {make_flow_executor(), make_serial_executor()}) {
    const RunReport report = run_split(*executor, 1, "5");
    CHECK(report.items.ok == 1);
    CHECK(pieces_run == 5);
    CHECK(most_at_once == 1);
    CHECK(threads.size() == 1);
  }
}

TEST_CASE("A piece that throws fails the item, not the run", "[engine]") {
  throws = true;
  for (const auto& executor : {make_flow_executor(), make_serial_executor()}) {
    CHECK(run_split(*executor, 3, "4").items.failed == 1);
  }
  throws = false;
}

}  // namespace
}  // namespace imagemill::testing
