// imagemill run: lists of files, from a file or as they come on standard input.
#include <chrono>
#include <thread>

#include <signal.h>

#include "tests/cli/workplace.h"
#include "tests/support/catch.h"
#include "tests/support/watchdog.h"

using namespace imagemill::testing;
using namespace std::chrono_literals;

namespace {

using Names = std::vector<std::string>;

// Photos in in/, each of whose outputs lies at out/NAME.
Workplace with_photos() {
  return Workplace(
      {{"a.jpg", small_jpeg(1)}, {"b c.jpg", small_jpeg(2)}, {"d\ne.jpg", small_jpeg(3)}});
}

std::vector<std::string> command(const Workplace& work, const std::string& input,
                                 const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {
      "run",      work.path("graph.yaml"), "--input", input,
      "--output", work.output(),           "--set",   "write.path={stem}.{ext}"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return imagemill_command(arguments);
}

void await(const Workplace& work, const std::string& output) {
  while (!std::filesystem::exists(work.output() / output)) std::this_thread::sleep_for(5ms);
}

}  // namespace

TEST_CASE("What find prints can be read as it is", "[cli]") {
  const Watchdog watchdog("a list on standard input");
  const auto work = with_photos();
  const std::string find = "find '" + work.input().string() + "' -name '*.jpg' ";
  const std::string run = [&] {
    std::string line;
    for (const std::string& word : command(work, "-")) line += "'" + word + "' ";
    return line;
  }();
  const bool nuls = GENERATE(false, true);
  const Finished finished =
      Process({"sh", "-c", find + (nuls ? "-print0" : "! -name 'd*'") + " | " + run}).wait();
  CHECK(finished.status == 0);
  CHECK(finished.err == kNothing);
  CHECK(contains(finished.out, nuls ? "(3 ok; " : "(2 ok; "));
  CHECK(work.outputs() ==
        (nuls ? Names{"a.jpg", "b c.jpg", "d\ne.jpg"} : Names{"a.jpg", "b c.jpg"}));
}

TEST_CASE("What is listed is written before the list ends", "[cli]") {
  const std::string executor = GENERATE("flow", "serial");
  const Watchdog watchdog("a list that is being made");
  const auto work = with_photos();
  Process process(command(work, "-", {"--executor", executor}), ".", "", Input::told);
  process.tell((work.input() / "a.jpg").string() + "\n");
  await(work, "a.jpg");
  CHECK(work.outputs().size() == 1);
  process.tell((work.input() / "b ").string());
  std::this_thread::sleep_for(10ms);
  process.tell("c.jpg\n");
  await(work, "b c.jpg");
  process.end_input();
  const Finished run = process.wait();
  CHECK(run.status == 0);
  CHECK(contains(run.out, "(2 ok; "));
}

TEST_CASE("A run that waits for its list can be interrupted", "[cli]") {
  const std::string executor = GENERATE("flow", "serial");
  const int number = GENERATE(SIGINT, SIGTERM);
  const Watchdog watchdog("an interrupted run that waits");
  const auto work = with_photos();
  Process process(command(work, "-", {"--executor", executor}), ".", "", Input::told);
  process.tell((work.input() / "a.jpg").string() + "\n" + (work.input() / "b c").string());
  await(work, "a.jpg");
  process.signal(number);
  // Its standard input is still open.
  while (process.running()) std::this_thread::sleep_for(5ms);
  const Finished run = process.wait();
  CHECK(run.status == 128 + number);
  CHECK(contains(run.err, "interrupted"));
  CHECK(contains(run.out, "(1 ok"));
  CHECK_FALSE(contains(run.err, "failed"));
  CHECK(work.outputs() == Names{"a.jpg"});
}

TEST_CASE("A list in a file is relative to the current folder", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg(1)}, {"b c.jpg", small_jpeg(2)}});
  work.folder().write("list.txt", "in/b c.jpg\n./in/a.jpg\n");
  const Finished run =
      Process(command(work, "list.txt", {"--set", "write.path={index}/{dir}/{stem}.{ext}"}),
              work.folder().path())
          .wait();
  CHECK(run.status == 0);
  CHECK(work.outputs() == Names{"0/in/b c.jpg", "1/in/a.jpg"});
}

TEST_CASE("A listed file that is missing is named as it was listed", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg(1)}, {"notes", bytes_of("text")}});
  work.folder().write("list.txt", "in/a.jpg\nin/gone.jpg\nin/notes\n");
  const Finished run =
      Process(command(work, "list.txt", {"--executor", "serial"}), work.folder().path()).wait();
  CHECK(run.status == 1);
  CHECK(run.err ==
        "failed: read: in/gone.jpg: not_found: cannot open: No such file or directory\n"
        "failed: read: in/notes: not_an_image: neither a JPEG nor a PNG file\n");
  CHECK(contains(run.out, "(1 ok, 2 failed; "));
}

TEST_CASE("An image as input is run by itself", "[cli]") {
  const auto work = with_photos();
  const Finished run = Process(command(work, work.input() / "a.jpg")).wait();
  CHECK(run.status == 0);
  CHECK(work.outputs() == Names{"a.jpg"});
}

TEST_CASE("An empty list is a success", "[cli]") {
  const auto work = with_photos();
  const Finished run = Process(command(work, "-")).wait();
  CHECK(run.status == 0);
  CHECK(contains(run.out, "0 images in "));
}
