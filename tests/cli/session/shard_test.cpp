// run --shard and list: any number of processes do what one run does.
#include <filesystem>
#include <fstream>
#include <thread>

#include <signal.h>

#include "engine/files/output_lock.h"
#include "tests/cli/session/shards.h"
#include "tests/support/catch.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace fs = std::filesystem;

TEST_CASE("Shards of a folder, a list or standard input add up to one run", "[cli]") {
  const Shards shards;
  enum class From { folder, list, standard_input };
  const auto from = GENERATE(From::folder, From::list, From::standard_input);
  const std::string list = from == From::list ? shards.listed() : "";
  std::uint64_t admitted = 0;
  for (const int index : {2, 0, 1}) {
    Finished done;
    if (from == From::standard_input) {
      Process process(imagemill_command({"run", shards.work().path("graph.yaml"), "--input", "-",
                                         "--output", shards.output(), "--shard",
                                         std::to_string(index) + "/3", "--summary", "json"}),
                      shards.work().input(), "", Input::told);
      for (const auto& file : shard_inputs()) process.tell(file.first + "\n");
      done = process.wait();
    } else if (from == From::list) {
      done = shards.run(index, 3, {"--list", list});
    } else {
      done = shards.run(index, 3);
    }
    CHECK((done.status == 0 || done.status == 1));
    const Json summary = Json::parse(done.out);
    CHECK(summary["ending"] == "complete");
    CHECK(summary["shard"]["index"] == index);
    CHECK(summary["shard"]["count"] == 3);
    CHECK(summary["shard"]["was_done"] == false);
    admitted += summary["items"]["admitted"].get<std::uint64_t>();
  }
  const Finished merged = shards.merge();
  CHECK(merged.status == 1);
  const Json summary = Json::parse(merged.out);
  CHECK(summary["shards"] == 3);
  CHECK(summary["items"]["admitted"] == admitted);
  CHECK(shards.leftovers().empty());
  // Every entry of a list is meant to be an image.
  if (from != From::standard_input) shards.check_same();
}

TEST_CASE("A shard that is done is not done again", "[cli]") {
  const Shards shards;
  const std::string list = shards.listed();
  const Finished first = shards.run(0, 2, {"--list", list});
  const auto outputs = read_files(shards.output());
  fs::remove_all(shards.work().input());
  fs::create_directory(shards.work().input());
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{}, {"--resume"}, {"--progress", "plain"}}) {
    std::vector<std::string> words = {"--list", list};
    words.insert(words.end(), more.begin(), more.end());
    const Finished again = shards.run(0, 2, words);
    CHECK(again.status == 0);
    const Json summary = Json::parse(again.out);
    CHECK(summary["shard"]["was_done"] == true);
    CHECK(summary["items"] == Json::parse(first.out)["items"]);
    CHECK(summary["shard"]["job"] == Json::parse(first.out)["shard"]["job"]);
  }
  CHECK(read_files(shards.output()) == outputs);
}

TEST_CASE("A shard does again what has failed in it", "[cli]") {
  const Shards shards;
  const std::string list = shards.listed();
  for (const int index : {0, 1}) shards.run(index, 2, {"--list", list});
  write_files(shards.work().input(), {{"day1/broken.jpg", small_jpeg(50)}});
  std::uint64_t ok = 0;
  for (const int index : {0, 1}) {
    const Finished again = shards.run(index, 2, {"--list", list, "--retry-failed"});
    const Json summary = Json::parse(again.out);
    if (summary["shard"]["was_done"] == false) ok += summary["items"]["ok"].get<std::uint64_t>();
  }
  CHECK(ok == 1);
  shards.merge();
  shards.run_whole();
  CHECK(read(shards.work().path("merged.manifest")) == read(shards.work().path("whole.manifest")));
}

TEST_CASE("A shard whose process was killed goes on where it was", "[cli]") {
  Files files;
  for (unsigned i = 0; i < 300; ++i) files[std::to_string(i) + ".jpg"] = small_jpeg(i % 7 + 1);
  const Shards shards(files);
  Process process(imagemill_command(shards.work().command({"--shard", "0/2", "--workers", "1"})));
  while (shards.work().outputs().size() < 20) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  process.signal(SIGKILL);
  process.wait();
  const Finished again = shards.run(0, 2, {"--resume"});
  CHECK(again.status == 0);
  CHECK(Json::parse(again.out)["shard"]["was_done"] == false);
  shards.run(1, 2);
  CHECK(shards.merge().status == 0);
  CHECK(shards.leftovers().empty());
  shards.run_whole();
  CHECK(read(shards.work().path("merged.manifest")) == read(shards.work().path("whole.manifest")));
}

TEST_CASE("A shard that was never finished is done whole, whatever was asked of it", "[cli]") {
  const Shards shards;
  shards.run(0, 2);
  shards.run(1, 2);
  fs::remove(shards.job_file("000000.done.json"));
  fs::remove(shards.job_file("000000.journal"));
  CHECK(Json::parse(shards.run(0, 2, {"--retry-failed"}).out)["ending"] == "complete");
  shards.merge();
  shards.run_whole();
  CHECK(read(shards.work().path("merged.manifest")) == read(shards.work().path("whole.manifest")));
}

TEST_CASE("A shard that a policy stops is not done", "[cli]") {
  const Shards shards({{"broken.jpg", bytes_of("broken")}, {"other.jpg", bytes_of("broken")}});
  const Finished stopped = shards.run(0, 1, {"--on-error", "stop"});
  CHECK(stopped.status == 1);
  CHECK(Json::parse(stopped.out)["ending"] == "on_error");
  CHECK(shards.merge().status == 75);
  CHECK(shards.leftovers().empty());
}

TEST_CASE("The records of a shard are written where they are asked for, too", "[cli]") {
  const Shards shards;
  const std::string manifest = shards.work().path("m");
  shards.run(0, 2, {"--manifest", manifest});
  const std::string first = read(manifest);
  CHECK(contains(first, "# imagemill-manifest 1"));
  fs::remove(manifest);
  shards.run(0, 2, {"--manifest", manifest});
  CHECK(read(manifest) == first);
  const Finished nowhere = shards.run(1, 2, {"--manifest", shards.work().path("no/folder/m")});
  CHECK(nowhere.status != 0);
  CHECK_FALSE(fs::exists(shards.job_file("000001.done.json")));
}

TEST_CASE("The records of a shard that is not done are written where they are asked for", "[cli]") {
  Files inputs;
  for (int i = 0; i < 20; ++i) inputs[std::to_string(i) + ".jpg"] = bytes_of("broken");
  const Shards shards(inputs);
  const std::string failures = shards.work().path("f");
  const std::string stats = shards.work().path("s");
  const std::vector<std::string> stopping = {"--max-failures", "12"};
  const Finished stopped =
      shards.run(0, 1,
                 {"--max-failures", "12", "--failures", failures, "--stats", stats, "--losses",
                  shards.work().path("l"), "--manifest", shards.work().path("m")});
  CHECK(Json::parse(stopped.out)["ending"] == "on_error");
  CHECK(contains(stopped.err, "more (" + failures + " lists them all)"));
  CHECK(contains(read(failures), "not_an_image"));
  CHECK(Json::parse(read(stats))["items"]["failed"] >= 12);
  CHECK(read(shards.work().path("m")) == "# imagemill-manifest 1\n");
  CHECK(contains(read(shards.work().path("l")), "imagemill-losses 1"));

  // Where nobody has asked for the list there is none.
  const Finished unlisted = shards.run(0, 1, stopping);
  CHECK(contains(unlisted.err, "more (--failures FILE lists them all)"));
  CHECK_FALSE(contains(unlisted.err, "000000.failures.jsonl"));
  // Nor does a copy that fails keep the others from theirs.
  fs::remove(stats);
  const Finished partly =
      shards.run(0, 1, {"--max-failures", "12", "--failures", "/dev/full", "--stats", stats});
  CHECK(contains(partly.err, "cannot write '/dev/full'"));
  CHECK(fs::exists(stats));
  CHECK(shards.leftovers().empty());
}

TEST_CASE("Two processes at one shard do no harm", "[cli]") {
  const Shards shards;
  shards.run(0, 2);
  fs::remove(shards.job_file("000000.done.json"));
  const auto first = FileLock::take(shards.job_file("000000.lock"), FileLock::Wait::no);
  REQUIRE(first);
  REQUIRE(first->is_held());
  const Finished beside = shards.run(0, 2, {"--resume"});
  CHECK(Json::parse(beside.out)["ending"] == "complete");
  CHECK(fs::exists(shards.job_file("000000.done.json")));
  shards.run(1, 2);
  shards.merge();
  shards.check_same();
  CHECK(shards.leftovers().empty());
}

TEST_CASE("What a shard's process has left on a host that is gone is removed", "[cli]") {
  const Shards shards;
  const std::string process = "0badcafe-77-123456";
  shards.run(0, 2);
  fs::remove(shards.job_file("000000.done.json"));
  std::ofstream(shards.job_file("000000.lock")) << process;
  fs::create_directory(shards.job_file("work") / ("000000-" + process));
  const std::string temporary = ".imagemill-" + process + "-3.tmp";
  std::ofstream(shards.output() / "day0" / temporary) << "half of";
  const std::string other = ".imagemill-0badcafe-78-123456-3.tmp";
  std::ofstream(shards.output() / "day0" / other) << "half of";
  shards.run(0, 2, {"--resume"});
  CHECK(shards.leftovers() == std::vector<std::string>{other});
  CHECK(read(shards.job_file("000000.lock")) == "");
}

TEST_CASE("A list is not written through a link that somebody has put there", "[cli]") {
  const Shards shards;
  const fs::path elsewhere = shards.work().path("elsewhere");
  fs::create_directory(elsewhere);
  fs::create_directory(shards.output());
  fs::create_directory_symlink(elsewhere, shards.output() / ".imagemill");
  CHECK(contains(shards.list().err, "is a link"));
  CHECK(fs::is_empty(elsewhere));
}

TEST_CASE("Shards and whole runs keep off each other", "[cli]") {
  const Shards shards;
  {
    const auto shared = OutputLock::share(shards.output());
    REQUIRE(shared);
    CHECK(shards.run(0, 2).status != 2);
    const Finished whole = shards.work().run();
    CHECK(whole.status == 2);
    CHECK(contains(whole.err, "in_use"));
  }
  const auto alone = OutputLock::take(shards.output(), OutputLock::Look::after_death);
  REQUIRE(alone);
  const Finished shard = shards.run(1, 2);
  CHECK(shard.status == 75);  // later it may do
  CHECK(contains(shard.err, "in_use"));
}

TEST_CASE("Shards of other versions are refused", "[cli]") {
  const Shards shards;
  shards.run(0, 2);
  const fs::path job = shards.job_file("job.json");
  Json said = Json::parse(read(job));
  said["versions"] = "imagemill 0.0.1;";
  std::ofstream(job) << said;
  for (const int shard : {0, 1}) {  // one is done
    const Finished other = shards.run(shard, 2);
    CHECK(other.status == 2);
    CHECK(contains(other.err, "other_versions"));
    CHECK(contains(other.err, "imagemill 0.0.1"));
  }
}

TEST_CASE("A list selects files of the input folder", "[cli]") {
  const Shards shards;
  const std::string list = shards.work().path("some.list");
  std::ofstream(list) << "day0/0.jpg\nday1/../day2/2.jpg\n/etc/passwd\nday1/1.jpg\n";
  const Finished some = shards.work().run({"--list", list});
  CHECK(some.status == 1);
  CHECK(shards.work().outputs() == std::vector<std::string>{"day0/0.jpg", "day1/1.jpg"});
  CHECK(contains(some.err, "leads out of the input folder"));
  const Finished none = shards.work().run({"--list", shards.work().path("missing")});
  CHECK(none.status == 2);
  CHECK(contains(none.err, "missing"));
}

TEST_CASE("The list of an input is kept under its digest", "[cli]") {
  const Shards shards;
  const Finished first = shards.list();
  CHECK(first.status == 0);
  CHECK(first.err == kNothing);
  CHECK(shards.list().out == first.out);
  write_files(shards.work().input(), {{"day0/new.jpg", small_jpeg(60)}});
  CHECK(shards.list().out != first.out);
  const Finished no_folder =
      run_imagemill({"list", shards.work().path("graph.yaml"), "--input",
                     shards.work().path("graph.yaml"), "--output", shards.output()});
  CHECK(no_folder.status == 2);
}
