// --resume: what runs and shards have done is known to all that come later.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include <sys/stat.h>

#include "engine/files/output_lock.h"
#include "tests/cli/session/shards.h"
#include "tests/support/catch.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace fs = std::filesystem;

namespace {

constexpr int kWhole = 0;

// A graph that is known by its name.
class NamedShards : public Shards {
 public:
  explicit NamedShards(const Files& files = shard_inputs()) : Shards(files) {
    const std::string graph = read(work().path("graph.yaml"));
    work().folder().write("graph.yaml", graph + "name: thumbnails\n");
  }
};

// Sum of the counts of all parts of a job.
struct Came {
  std::uint64_t admitted = 0, done_before = 0, ok = 0, failed = 0;
  std::string job;  // of the shards
};

Came run(const Shards& shards, int parts) {
  Came came;
  for (int i = 0; i < std::max(parts, 1); ++i) {
    const Finished done = parts == kWhole
                              ? shards.work().run({"--resume", "--summary", "json", "--manifest",
                                                   shards.work().path("merged.manifest")})
                              : shards.run(i, parts, {"--resume"});
    const Json summary = Json::parse(done.out);
    CHECK(summary["ending"] == "complete");
    came.admitted += summary["items"]["admitted"].get<std::uint64_t>();
    came.done_before += summary["done_before"].get<std::uint64_t>();
    came.ok += summary["items"]["ok"].get<std::uint64_t>();
    came.failed += summary["items"]["failed"].get<std::uint64_t>();
    if (parts != kWhole) came.job = summary["shard"]["job"];
  }
  return came;
}

// Inodes of the outputs: a file that is written anew has another one.
std::map<std::string, ino_t> inodes(const Shards& shards) {
  std::map<std::string, ino_t> found;
  for (const std::string& name : shards.work().outputs()) {
    struct stat status {};
    REQUIRE(::stat((shards.output() / name).c_str(), &status) == 0);
    found[name] = status.st_ino;
  }
  return found;
}

}  // namespace

TEST_CASE("What was done of a graph is known, whole or in however many parts", "[cli]") {
  for (const int first : {kWhole, 2, 3}) {
    for (const int second : {kWhole, 2, 3}) {
      INFO(first << " parts, then " << second);
      const NamedShards shards;
      const Came before = run(shards, first);
      const auto files = inodes(shards);
      const Came after = run(shards, second);
      CHECK(after.admitted == before.admitted);
      // A shard that was done is not looked at again.
      const bool is_asked = first != second || first == kWhole;
      CHECK(after.done_before == (is_asked ? before.ok : 0));
      CHECK(inodes(shards) == files);
    }
  }
}

TEST_CASE("A grown input has only its new images made", "[cli]") {
  for (const int parts : {kWhole, 2}) {
    const NamedShards shards;
    const Came before = run(shards, parts);
    const auto files = inodes(shards);
    write_files(shards.work().input(), {{"day0/0.JPEG", small_jpeg(70)},  // takes the path of 0.jpg
                                        {"day9/new.jpg", small_jpeg(71)}});
    const Came after = run(shards, parts);
    CHECK(after.admitted == before.admitted + 2);
    CHECK(after.ok == 2);
    CHECK(after.done_before == before.ok - 1);
    CHECK(after.failed == before.failed + 1);
    const auto now = inodes(shards);
    CHECK(now.size() == files.size() + 1);
    for (const auto& [name, inode] : files) {
      CHECK((now.at(name) == inode) == (name != "day0/0.jpg"));
    }
    if (parts != kWhole) CHECK(shards.merge({"--job", after.job}).status == 1);
    CHECK(shards.leftovers().empty());
    shards.run_whole();
    CHECK(read_files(shards.output()) == read_files(shards.work().path("whole")));
    CHECK(read(shards.work().path("merged.manifest")) ==
          read(shards.work().path("whole.manifest")));
    // An item that lost its path failed, and can have the path back.
    fs::remove(shards.work().input() / "day0/0.JPEG");
    const Finished back = shards.work().run({"--retry-failed", "--summary", "json"});
    CHECK(Json::parse(back.out)["items"]["ok"] == 1);
    CHECK(Json::parse(back.out)["items"]["failed"] == before.failed);
  }
}

TEST_CASE("A shard that is done is looked at again where others went on since", "[cli]") {
  const NamedShards shards;
  const Came first = run(shards, 2);
  write_files(shards.work().input(), {{"day0/0.JPEG", small_jpeg(70)}});
  run(shards, 2);
  fs::remove(shards.work().input() / "day0/0.JPEG");
  const Came back = run(shards, 2);
  CHECK(back.job == first.job);
  CHECK(back.ok == 1);  // has its path back
  CHECK(back.done_before == first.ok - 1);
  shards.run_whole();
  CHECK(read_files(shards.output()) == read_files(shards.work().path("whole")));
  CHECK(run(shards, 2).done_before == back.done_before);  // that of before: it was done
}

TEST_CASE("What has lost its path has failed, also where older outputs of it are removed",
          "[cli]") {
  const NamedShards shards;
  const Came first = run(shards, 2);
  const std::string renamed = "write.path={dir}/x-{stem}.{ext}";
  for (const int part : {0, 1}) shards.run(part, 2, {"--resume", "--set", renamed});
  const auto whole = [&](const std::string& flag) {
    return Json::parse(shards.work().run({flag, "--set", renamed, "--summary", "json"}).out);
  };
  write_files(shards.work().input(), {{"day0/0.JPEG", small_jpeg(70)}});
  const Json lost = whole("--resume");
  CHECK(lost["items"]["failed"] == first.failed + 1);
  CHECK(lost["outputs_removed"] == first.ok - 1);
  fs::remove(shards.work().input() / "day0/0.JPEG");
  const Json back = whole("--retry-failed");
  CHECK(back["items"]["ok"] == 1);
}

TEST_CASE("Outputs of another graph are removed, whoever made them", "[cli]") {
  const NamedShards shards;
  CHECK(shards.work().run({"--set", "write.path=old/{stem}.{ext}"}).status == 1);
  const auto old = shards.work().outputs().size();
  shards.run(0, 1);
  const Finished whole = shards.work().run({"--resume", "--summary", "json"});
  CHECK(Json::parse(whole.out)["outputs_removed"] == old);
  shards.run_whole();
  CHECK(read_files(shards.output()) == read_files(shards.work().path("whole")));
}

TEST_CASE("A shard that is done is looked at again while others are at work", "[cli]") {
  const NamedShards shards;
  const std::vector<std::string> wider = {"--resume", "--set", "resize.width=30"};
  const std::string job = Json::parse(shards.run(0, 1, wider).out)["shard"]["job"];
  const auto was_done = [&] {
    const Json again = Json::parse(shards.run(0, 2, {"--resume"}).out);
    return again["shard"]["was_done"].get<bool>();
  };
  CHECK_FALSE(was_done());
  CHECK(was_done());
  fs::create_directory(shards.output() / ".imagemill/jobs" / job / "work/000000-somebody");
  CHECK_FALSE(was_done());
  CHECK(was_done());
  std::ofstream(shards.output() / ".imagemill/jobs" / job / "000000.journal", std::ios::app) << "x";
  CHECK_FALSE(was_done());
}

TEST_CASE("A shard knows what a whole run has made since of other inputs", "[cli]") {
  const NamedShards shards;
  run(shards, 2);
  for (const auto& [name, bytes] : shard_inputs()) {
    fs::last_write_time(shards.work().input() / name, fs::file_time_type::clock::now());
  }
  const Came whole = run(shards, kWhole);
  CHECK(whole.ok == 13);
  CHECK(run(shards, 2).done_before == whole.ok);
}

TEST_CASE("Two processes at one shard leave a journal of all of it", "[cli]") {
  const NamedShards shards;
  const Came first = run(shards, 1);
  fs::remove(shards.job_file("000000.done.json"));
  fs::remove(shards.job_file("000000.journal"));
  {
    const auto lock = FileLock::take(shards.job_file("000000.lock"), FileLock::Wait::no);
    REQUIRE(lock->is_held());
    shards.run(0, 1);
  }
  write_files(shards.work().input(), {{"day9/new.jpg", small_jpeg(71)}});
  CHECK(run(shards, 1).done_before == first.ok);
}

TEST_CASE("What has failed before is no reason to stop", "[cli]") {
  Files files;
  for (unsigned i = 0; i < 12; ++i) files[std::to_string(i) + ".jpg"] = bytes_of("broken");
  const NamedShards shards(files);
  CHECK(run(shards, 1).failed == 12);
  write_files(shards.work().input(), {{"new.jpg", small_jpeg(1)}});
  const Finished grown = shards.run(0, 1, {"--resume", "--max-failures", "5%"});
  CHECK(Json::parse(grown.out)["ending"] == "complete");
  const Finished anew = shards.work().run({"--max-failures", "5%", "--summary", "json"});
  CHECK(Json::parse(anew.out)["ending"] == "on_error");
}

TEST_CASE("A graph without a name could be any other", "[cli]") {
  const Shards shards;
  const Came first = run(shards, 2);
  CHECK(run(shards, 3).ok == first.ok);
  CHECK(run(shards, kWhole).ok == first.ok);
}

TEST_CASE("What a changed graph makes otherwise is made again, whoever made it", "[cli]") {
  const NamedShards shards;
  const Came before = run(shards, 2);
  const Json summary = Json::parse(
      shards.work().run({"--resume", "--summary", "json", "--set", "resize.width=20"}).out);
  CHECK(summary["items"]["ok"] == before.ok);
  CHECK(summary["done_before"] == 0);
}

TEST_CASE("What has failed in shards is tried again by a whole run", "[cli]") {
  const NamedShards shards;
  const Came before = run(shards, 2);
  write_files(shards.work().input(), {{"day1/broken.jpg", small_jpeg(50)}});
  const Json summary = Json::parse(shards.work().run({"--retry-failed", "--summary", "json"}).out);
  CHECK(summary["items"]["ok"] == 1);
  CHECK(summary["items"]["failed"] == before.failed - 1);
}

TEST_CASE("A run without --resume asks nobody", "[cli]") {
  const NamedShards shards;
  const Came before = run(shards, 2);
  const Json summary = Json::parse(shards.work().run({"--summary", "json"}).out);
  CHECK(summary["items"]["ok"] == before.ok);
  CHECK(summary["done_before"] == 0);
}
