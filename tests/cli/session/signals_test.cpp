// imagemill run: interrupted.
#include <algorithm>
#include <chrono>
#include <thread>

#include <nlohmann/json.hpp>
#include <signal.h>
#include <sys/stat.h>

#include "engine/files/output_lock.h"
#include "tests/cli/workplace.h"
#include "tests/support/catch.h"
#include "tests/support/watchdog.h"

using namespace imagemill;
using namespace imagemill::testing;
using namespace std::chrono_literals;

namespace {

constexpr int kImages = 1500;

// Enough work that no run of it is over before it is interrupted.
void fill(const Workplace& work) {
  write_files(work.input(), {{"image0.jpg", jpeg_file(gradient({900, 600}, {3, 8}))}});
  for (int i = 1; i < kImages; ++i) {
    std::filesystem::create_hard_link(work.input() / "image0.jpg",
                                      work.input() / ("image" + std::to_string(i) + ".jpg"));
  }
}

// A whole one: temporary files come and go before.
void await_first_output(const Workplace& work) {
  const auto whole = [](const std::string& name) { return name.starts_with("image"); };
  while (std::ranges::none_of(work.outputs(), whole)) std::this_thread::sleep_for(5ms);
}

}  // namespace

// Its fingerprint is taken before anything is read; of a terabyte that takes an hour.
TEST_CASE("Ctrl-C before the first image ends the run within two seconds", "[cli]") {
  const Watchdog watchdog("a run that has not begun", 60s);
  const Workplace work({{"a.jpg", small_jpeg()}});
  const std::string font = work.path("endless.ttf");
  work.folder().write("endless.ttf", "");
  std::filesystem::resize_file(font, std::uint64_t{1} << 40);
  work.folder().write("graph.yaml", R"(imagemill: 1
nodes:
  read:   {type: read}
  decode: {type: decode, in: read}
  mark:   {type: watermark, in: decode, text: x, font: ")" +
                                        font + R"("}
  encode: {type: encode, in: mark}
  write:  {type: write, in: encode}
)");
  Process process(imagemill_command(work.command()));
  std::this_thread::sleep_for(300ms);
  CHECK(process.running());
  process.signal(SIGINT);
  const auto asked = std::chrono::steady_clock::now();
  const Finished run = process.wait();
  CHECK(std::chrono::steady_clock::now() - asked < 2s);
  CHECK(run.status == 128 + SIGINT);
  CHECK(contains(run.err, "mark: interrupted"));
  CHECK(work.outputs().empty());
}

TEST_CASE("An interrupted run ends early, whole and clean", "[cli]") {
  const std::string executor = GENERATE("flow", "serial");
  const int number = GENERATE(SIGINT, SIGTERM);
  const Watchdog watchdog("an interrupted run", 120s);
  const Workplace work({});
  fill(work);
  Process process(imagemill_command(work.command({"--executor", executor, "--workers", "1", "--set",
                                                  "decode.shrink_on_load=false", "--stats",
                                                  work.path("s"), "--manifest", work.path("m")})));
  await_first_output(work);
  process.signal(number);
  const Finished run = process.wait();

  CHECK(run.status == 128 + number);
  CHECK(contains(run.err, "interrupted"));
  const auto outputs = work.outputs();
  CHECK(outputs.size() < kImages);
  for (const std::string& name : outputs) {
    INFO(name);
    CHECK(name.starts_with("image"));  // and not a temporary file's name
    CHECK(picture(read_bytes(work.output() / name)).size() == Size{24, 16});
  }
  const auto stats = nlohmann::json::parse(work.folder().read("s"));
  CHECK(stats["items"]["ok"] == outputs.size());
  CHECK(stats["items"]["failed"] == 0);
  CHECK(stats["items"]["admitted"] ==
        stats["items"]["ok"].get<std::size_t>() + stats["items"]["cancelled"].get<std::size_t>());
  // Every written file is in the manifest.
  CHECK(Process({"sha256sum", "--check", "--strict", "--quiet", work.path("m")}, work.output())
            .wait()
            .status == 0);
}

TEST_CASE("A second signal ends a run at once, whatever it is at", "[cli]") {
  const Watchdog watchdog("a run interrupted twice", 60s);
  const Workplace work({{"a.jpg", small_jpeg()}, {"broken.jpg", bytes_of("broken")}});
  const std::string failures = work.path("f");
  // A pipe that nobody reads can't be opened, and is waited for in the system.
  REQUIRE(::mkfifo(work.path("stats").c_str(), 0600) == 0);
  Process process(
      imagemill_command(work.command({"--failures", failures, "--stats", work.path("stats")})));
  while (work.outputs().empty()) std::this_thread::sleep_for(1ms);
  std::this_thread::sleep_for(100ms);
  process.signal(SIGTERM);
  process.await_receipt(SIGTERM);
  CHECK(process.running());
  process.signal(SIGINT);
  CHECK(process.wait().status == 128 + SIGINT);
}

TEST_CASE("What has failed is known while the run goes on, and so after any end of it", "[cli]") {
  const Watchdog watchdog("a run that is killed", 60s);
  const Workplace work({{"broken.jpg", bytes_of("broken")}});
  fill(work);
  const std::string failures = work.path("f");
  Process process(imagemill_command(work.command({"--failures", failures})));
  const auto has_failed = [&] {
    return std::filesystem::exists(failures) && contains(work.folder().read("f"), "broken.jpg");
  };
  while (!has_failed()) std::this_thread::sleep_for(1ms);
  process.signal(SIGKILL);
  CHECK(process.wait().status == 128 + SIGKILL);
  CHECK(work.folder().read("f").ends_with("}\n"));
}

TEST_CASE("A run ends with what started it, where that is asked for", "[cli]") {
  const Watchdog watchdog("an orphaned run", 60s);
  const Workplace work({});
  fill(work);
  std::vector<std::string> command = {"sh", "-c", "\"$0\" \"$@\" & wait"};
  for (const std::string& word : imagemill_command(work.command({"--die-with-parent"}))) {
    command.push_back(word);
  }
  Process launcher(command);
  await_first_output(work);
  launcher.signal(SIGKILL);
  CHECK(launcher.wait().status == 128 + SIGKILL);
  // Ended in order: nobody holds the folder, and no temporary file is left.
  while (!OutputLock::take(work.output(), OutputLock::Look::after_death)) {
    std::this_thread::sleep_for(5ms);
  }
  CHECK(OutputLock::take(work.output(), OutputLock::Look::always)->removed() == 0);
  CHECK(work.outputs().size() < kImages);
}

// A parent's threads end one after the other, and each end is told.
TEST_CASE("That a parent ends more than once is no second wish to end at once", "[cli]") {
  const Watchdog watchdog("an orphaned run", 60s);
  const Workplace work({});
  fill(work);
  Process process(imagemill_command(work.command({"--die-with-parent"})));
  await_first_output(work);
  for (int i = 0; i < 5; ++i) {
    process.signal(SIGUSR2);
    process.await_receipt(SIGUSR2);
  }
  const Finished run = process.wait();
  CHECK(run.status == 128 + SIGTERM);
  CHECK(contains(run.err, "interrupted"));
  const auto lock = OutputLock::take(work.output(), OutputLock::Look::always);
  REQUIRE(lock);
  CHECK(lock->removed() == 0);
}
