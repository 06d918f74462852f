// One whole run as a library call: what a program of one's own relies on.
#include "graphs/session/run_session.h"

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <oneapi/tbb/global_control.h>
#include <unistd.h>

#include "engine/run/executor.h"
#include "tests/support/catch.h"
#include "tests/support/image_files.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/watchdog.h"

namespace imagemill::testing {
namespace {

constexpr std::string_view kThumbnails = R"(imagemill: 1
name: NAME
nodes:
  read:   {type: read}
  decode: {type: decode, in: read}
  resize: {type: resize, in: decode, width: WIDTH}
  encode: {type: encode, in: resize}
  write:  {type: write, in: encode}
)";

LoadedGraph thumbnails(const TemporaryFolder& folder, const std::string& name, int width,
                       const NodeRegistry& types = NodeRegistry::global()) {
  std::string yaml(kThumbnails);
  yaml.replace(yaml.find("NAME"), 4, name);
  yaml.replace(yaml.find("WIDTH"), 5, std::to_string(width));
  auto loaded = parse_graph(yaml, name + ".yaml", {}, types);
  if (!loaded) throw std::runtime_error(loaded.error().front().message);
  loaded->spec.run.input = folder / "in";
  loaded->spec.run.output = folder / name;
  return std::move(*loaded);
}

std::string photo(Size size) {
  const Bytes file = jpeg_file(noise(size, {3, 8}, 1));
  return {file.begin(), file.end()};
}

void write_inputs(const TemporaryFolder& folder, int count) {
  for (int i = 0; i < count; ++i) {
    folder.write("in/" + std::to_string(i) + ".jpg", photo({64 + i, 48}));
  }
  folder.write("in/notes.txt", "no picture");
}

// What a session has told.
struct Heard final : RunEvents {
  std::vector<std::string> notices;
  std::uint64_t entries = 0;
  int ended_items = 0;
  std::function<void()> during;

  void notice(const std::string& text) override { notices.push_back(text); }
  void listed(std::uint64_t count) override { entries = count; }
  void ended(const Item&) override {
    ++ended_items;
    if (during) during();
  }
};

Result<SessionResult> run(const LoadedGraph& loaded, const RunRequest& request, RunEvents& events) {
  auto session = RunSession::prepare(loaded, request, events);
  if (!session) return tl::make_unexpected(session.error());
  return session->run(*make_flow_executor());
}

// Standard output and error, gathered in a file while it lives.
class Screen {
 public:
  explicit Screen(const std::filesystem::path& file) {
    const int to = ::open(file.c_str(), O_CREAT | O_WRONLY, 0600);
    for (const int stream : {1, 2}) {
      saved_.push_back(::dup(stream));
      ::dup2(to, stream);
    }
    ::close(to);
  }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen() {
    for (const int stream : {1, 2}) {
      ::dup2(saved_[static_cast<std::size_t>(stream - 1)], stream);
      ::close(saved_[static_cast<std::size_t>(stream - 1)]);
    }
  }

 private:
  std::vector<int> saved_;
};

TEST_CASE("A session runs a graph, tells its program, and prints nothing", "[graphs]") {
  const Watchdog watchdog("a session");
  const TemporaryFolder folder;
  write_inputs(folder, 8);
  folder.write("in/broken.jpg", photo({64, 48}).substr(0, 300));
  const LoadedGraph loaded = thumbnails(folder, "thumbs", 16);
  Heard heard;
  std::optional<Result<SessionResult>> result;
  {
    const Screen screen(folder / "screen");
    result =
        run(loaded, {.records = {.manifest = folder / "manifest", .failures = folder / "failures"}},
            heard);
  }
  REQUIRE(result->has_value());
  const SessionResult& made = **result;
  CHECK(made.run.ending == Ending::complete);
  CHECK(made.run.report.items.ok == 8);
  CHECK(made.run.report.items.failed == 1);
  CHECK(made.ignored_kinds == std::map<std::string, std::uint64_t>{{".txt", 1}});
  CHECK(made.failures == folder / "failures");
  CHECK(made.unwritten.empty());
  CHECK_FALSE(made.shard);
  CHECK(heard.ended_items == 9);
  CHECK(heard.entries == 10);
  CHECK(heard.notices.empty());
  CHECK(folder.read("screen").empty());
  CHECK(folder.read("failures").find("broken.jpg") != std::string::npos);
  CHECK(folder.read("manifest").find("3.jpg") != std::string::npos);
}

TEST_CASE("Two sessions at once make what each makes alone", "[graphs]") {
  const Watchdog watchdog("two sessions at once");
  const TemporaryFolder folder;
  write_inputs(folder, 40);
  const LoadedGraph small = thumbnails(folder, "small", 8);
  const LoadedGraph large = thumbnails(folder, "large", 40);
  std::atomic<int> whole = 0;
  const auto run_one = [&](const LoadedGraph& loaded) {
    Heard heard;
    const auto result =
        run(loaded, {.records = {.manifest = loaded.spec.run.output + ".all"}}, heard);
    if (result && result->run.report.items.ok == 40 && heard.ended_items == 40) ++whole;
  };
  {
    const std::jthread first([&] { run_one(small); });
    const std::jthread second([&] { run_one(large); });
  }
  REQUIRE(whole == 2);
  const std::string made = folder.read("small.all") + folder.read("large.all");
  for (const char* name : {"small", "large"}) {
    std::filesystem::remove_all(folder / name);
  }
  run_one(small);
  run_one(large);
  CHECK(folder.read("small.all") + folder.read("large.all") == made);
}

TEST_CASE("Two sessions never share an output folder", "[graphs]") {
  const TemporaryFolder folder;
  write_inputs(folder, 2);
  const LoadedGraph loaded = thumbnails(folder, "out", 16);
  const LoadedGraph again = thumbnails(folder, "out", 16);
  RunEvents events;
  {
    auto first = RunSession::prepare(loaded, {}, events);
    REQUIRE(first);
    const auto second = RunSession::prepare(again, {}, events);
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().code == "in_use");
    CHECK(first->run(*make_serial_executor())->run.report.items.ok == 2);
  }
  CHECK(run(again, {}, events)->run.report.items.ok == 2);
}

TEST_CASE("A session limits neither its program's oneTBB nor another session", "[graphs]") {
  using oneapi::tbb::global_control;
  const TemporaryFolder folder;
  write_inputs(folder, 4);
  LoadedGraph loaded = thumbnails(folder, "out", 16);
  loaded.spec.run.workers.count = 1;
  const auto allowed = [] {
    return global_control::active_value(global_control::max_allowed_parallelism);
  };
  const std::size_t before = allowed();
  Heard heard;
  std::size_t during = 0;
  heard.during = [&] { during = allowed(); };
  REQUIRE(run(loaded, {}, heard));
  CHECK(during == before);
}

TEST_CASE("A session resumes, and tells of a journal that it cannot read", "[graphs]") {
  const TemporaryFolder folder;
  write_inputs(folder, 5);
  const LoadedGraph loaded = thumbnails(folder, "out", 16);
  Heard heard;
  REQUIRE(run(loaded, {}, heard));
  const auto resumed = run(loaded, {.redo = Redo::undone}, heard);
  REQUIRE(resumed);
  CHECK(resumed->run.report.items.settled == 5);
  CHECK(heard.notices.empty());
  // Versions decide what is believed.
  const auto newer = run(loaded, {.redo = Redo::undone, .made_by = "another program"}, heard);
  REQUIRE(newer);
  CHECK(newer->run.report.items.settled == 0);

  folder.write("out/.imagemill/journal-out", "no journal\n");
  REQUIRE(run(loaded, {.redo = Redo::undone}, heard));
  CHECK(heard.notices.size() == 1);
}

TEST_CASE("A shard that is done runs nothing, and says so", "[graphs]") {
  const TemporaryFolder folder;
  write_inputs(folder, 12);
  const LoadedGraph loaded = thumbnails(folder, "out", 16);
  const RunRequest request{.records = {.stats = folder / "stats"}, .shard = Shard{1, 3}};
  Heard heard;
  const auto first = run(loaded, request, heard);
  REQUIRE(first);
  REQUIRE(first->shard);
  CHECK_FALSE(first->shard->shard->was_done);
  const int ended = heard.ended_items;
  std::filesystem::remove(folder / "stats");
  auto session = RunSession::prepare(loaded, request, heard);
  REQUIRE(session);
  CHECK(session->is_done());
  const auto second = session->run(*make_flow_executor());
  REQUIRE(second);
  CHECK(second->shard->shard->was_done);
  CHECK(second->shard->items.ok == first->shard->items.ok);
  CHECK(heard.ended_items == ended);
  CHECK_FALSE(folder.read("stats").empty());
}

TEST_CASE("A session names what it lacks", "[graphs]") {
  const TemporaryFolder folder;
  write_inputs(folder, 1);
  RunEvents events;
  const auto code_of = [&](const LoadedGraph& loaded, const RunRequest& request) -> std::string {
    const auto session = RunSession::prepare(loaded, request, events);
    return session ? "" : std::string(session.error().code);
  };
  LoadedGraph loaded = thumbnails(folder, "out", 16);
  CHECK(code_of(loaded, {.redo = Redo::failed}) == "no_journal");
  CHECK_FALSE(code_of(loaded, {.records = {.manifest = folder / "none/manifest"}}).empty());
  loaded.spec.run.output.clear();
  CHECK(code_of(loaded, {}) == "no_folder");
  loaded = thumbnails(folder, "out", 16);
  loaded.spec.run.input.clear();
  CHECK(code_of(loaded, {}) == "no_folder");
  loaded = thumbnails(folder, "out", 16);
  loaded.spec.run.output = loaded.spec.run.input;
  CHECK(code_of(loaded, {}) == "output_is_input");
}

TEST_CASE("A record that cannot be written is named, and the run is whole", "[graphs]") {
  const TemporaryFolder folder;
  write_inputs(folder, 3);
  const LoadedGraph loaded = thumbnails(folder, "out", 16);
  RunEvents events;
  const auto result = run(loaded, {.records = {.stats = "/dev/full"}}, events);
  REQUIRE(result);
  CHECK(result->run.report.items.ok == 3);
  REQUIRE(result->unwritten.size() == 1);
  CHECK(result->unwritten.front().message.find("/dev/full") != std::string::npos);
}

// Turns every picture into nothing but its upper left pixel.
struct Corner {
  static void describe(NodeSchema<Corner>& s) { s.summary("One pixel."); }
  Result<Plan> plan(const Facts& in, const Demand&) const {
    Plan plan{.out = in};
    plan.out.pixel_width = plan.out.pixel_height = 1;
    plan.out.bytes = Image::byte_size({1, 1}, {in.channels, in.bits});
    return plan;
  }
  Result<Image> process(Image image) const {
    Image corner({1, 1}, image.format());
    std::copy_n(image.row(0), image.format().channels, corner.mutable_row(0));
    return corner;
  }
};

TEST_CASE("A program's own registry serves its own graphs alone", "[graphs]") {
  const TemporaryFolder folder;
  write_inputs(folder, 2);
  NodeRegistry types;
  for (const std::string& name : NodeRegistry::global().names()) {
    if (name != "resize") types.add(*NodeRegistry::global().find(name));
  }
  types.add<Corner>("resize");
  // The parameters of the global type are unknown to the other one.
  CHECK_THROWS(thumbnails(folder, "own", 16, types));
  auto loaded = parse_graph(R"(imagemill: 1
nodes:
  read:   {type: read}
  decode: {type: decode, in: read}
  corner: {type: resize, in: decode}
  encode: {type: encode, in: corner, format: png}
  write:  {type: write, in: encode}
)",
                            "own.yaml", {}, types);
  REQUIRE(loaded);
  loaded->spec.run.input = folder / "in";
  loaded->spec.run.output = folder / "own";
  RunEvents events;
  const auto result = run(*loaded, {}, events);
  REQUIRE(result);
  CHECK(result->run.report.items.ok == 2);
  const std::string file = folder.read("own/1.png");
  CHECK(picture(Bytes(file.begin(), file.end())).size() == Size{1, 1});
}

}  // namespace
}  // namespace imagemill::testing
