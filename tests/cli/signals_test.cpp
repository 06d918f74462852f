// imagemill run: interrupted.
#include <algorithm>
#include <chrono>
#include <thread>

#include <nlohmann/json.hpp>
#include <signal.h>

#include "tests/cli/workplace.h"
#include "tests/support/catch.h"
#include "tests/support/watchdog.h"

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
  // What was written is in the manifest.
  CHECK(Process({"sha256sum", "--check", "--strict", "--quiet", work.path("m")}, work.output())
            .wait()
            .status == 0);
}

TEST_CASE("A second signal ends a run at once, whatever it is at", "[cli]") {
  const Watchdog watchdog("a run interrupted twice", 60s);
  // A resize is asked nothing while it works, and this one takes far longer than the two signals
  // do.
  const Workplace work({{"slow.jpg", small_jpeg()}});
  Process process(imagemill_command(work.command({"--set", "resize.width=12000"})));
  while (!std::filesystem::exists(work.output())) std::this_thread::sleep_for(1ms);
  std::this_thread::sleep_for(30ms);
  process.signal(SIGTERM);
  std::this_thread::sleep_for(10ms);
  process.signal(SIGINT);
  CHECK(process.wait().status == 128 + SIGINT);
  CHECK_FALSE(std::filesystem::exists(work.output() / "slow.jpg"));
}
