// imagemill synth: a sample photo set to try things on.
#include <chrono>
#include <thread>

#include <signal.h>

#include "engine/files/temporary_names.h"
#include "tests/cli/workplace.h"
#include "tests/support/catch.h"
#include "tests/support/watchdog.h"

using namespace imagemill::testing;
using namespace std::chrono_literals;

TEST_CASE("The same seed makes the same photos", "[cli]") {
  const TemporaryFolder folder;
  const auto synth = [&](const std::string& name, const std::string& seed) {
    return run_imagemill(
        {"synth", folder / name, "--count", "9", "--size", "160x120", "--seed", seed});
  };
  const Finished made = synth("first", "5");
  CHECK(made.status == 0);
  CHECK(made.err == kNothing);
  REQUIRE(synth("second", "5").status == 0);
  REQUIRE(synth("third", "6").status == 0);
  CHECK(run_imagemill({"verify", folder / "first", folder / "second"}).status == 0);
  CHECK(run_imagemill({"verify", folder / "first", folder / "third"}).status == 1);
  CHECK(read_files(folder / "first").size() == 9);
}

TEST_CASE("A sample photo set runs without a failure", "[cli]") {
  const Workplace work({});
  REQUIRE(run_imagemill({"synth", work.input(), "--count", "12"}).status == 0);
  const Finished run = work.run();
  CHECK(run.status == 0);
  CHECK(run.err == kNothing);
  CHECK(contains(run.out, "12 images in "));
  CHECK_FALSE(contains(run.out, "ignored"));
  CHECK(work.outputs().size() == 12);
}

TEST_CASE("A set that is interrupted leaves no temporary file, nor keeps a dead one's", "[cli]") {
  const Watchdog watchdog("a set that is interrupted", 60s);
  const TemporaryFolder folder;
  const std::string own = imagemill::temporary_name();
  const std::string dead = own.substr(0, own.find('-', own.find('-') + 1)) + "-4194305-1-0.tmp";
  folder.write("set/night/" + dead, "half");
  Process process(imagemill_command({"synth", folder / "set", "--count", "100000"}));
  while (folder.files().size() < 5) std::this_thread::sleep_for(5ms);
  process.signal(SIGINT);
  const Finished stopped = process.wait();
  CHECK(stopped.status == 128 + SIGINT);
  CHECK(contains(stopped.err, "interrupted"));
  for (const std::string& name : folder.files()) CHECK_FALSE(name.ends_with(".tmp"));
}

TEST_CASE("A set that can't be made is refused", "[cli]") {
  const TemporaryFolder folder;
  folder.write("file", "x");
  const std::string target = folder / "set";
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"synth"},
                                                    {"synth", target, "--count", "0"},
                                                    {"synth", target, "--count", "many"},
                                                    {"synth", target, "--size", "0x10"},
                                                    {"synth", target, "--size", "100"},
                                                    {"synth", target, "--size", "100000x100000"},
                                                    {"synth", (folder / "file").string()},
                                                    {"synth", (folder / "file/below").string()}}) {
    const Finished refused = run_imagemill(arguments);
    INFO(arguments.back());
    CHECK(refused.status == 2);
    CHECK(refused.out == kNothing);
    CHECK_FALSE(refused.err.empty());
  }
  CHECK(folder.files() == std::vector<std::string>{"file"});
}
