// imagemill run --resume after a graph was changed: the output folder becomes what a run into an
// empty one makes, and nothing is made that was right.
#include <sys/stat.h>

#include "tests/cli/workplace.h"
#include "tests/support/catch.h"

using namespace imagemill::testing;

namespace {

namespace fs = std::filesystem;

using Words = std::vector<std::string>;

struct Change {
  std::string config;
  Words before;
  Words after;
  // Whether each output that is made again has other bytes then.
  enum class Bytes { all_change, some_change } bytes = Bytes::all_change;
  // Text of the config and its replacement, for changes that --set cannot make.
  std::pair<std::string, std::string> replaced = {};
};

const std::vector<Change>& changes() {
  static const std::vector<Change> all = {
      {"thumbnails", {}, {"watermark.text=another"}},
      {"thumbnails", {}, {"write.path={stem}-{width}.{ext}"}},
      // One branch.
      {"responsive", {}, {"jpeg640.quality=60"}},
      // A wider one, for which the decode that all of them share shrinks less.
      {"responsive",
       {"w320.width=60", "w640.width=80", "w1280.width=100"},
       {"w320.width=60", "w640.width=80", "w1280.width=700"}},
      // One of two that a join brings together.
      {"before-after", {}, {"watermark.text=after"}},
      {"before-after", {}, {"resize.width=320"}},
      // Images go another way, and have other names there.
      {"by-size", {}, {}, Change::Bytes::all_change, {"megapixels >= 0.5", "megapixels >= 5"}},
      {"large-only",
       {"large.keep=width >= 100"},
       {"large.keep=width >= 100", "resize.fit=contain"}},
      {"logo", {}, {"badge.width=25%"}},
      {"grid", {}, {"tiles.size=300"}, Change::Bytes::some_change},
      {"deepzoom", {}, {"tiles.size=127", "dzi.size=127"}, Change::Bytes::some_change},
      {"deepzoom", {}, {"tiles.overlap=0", "dzi.overlap=0"}, Change::Bytes::some_change},
      {"dated", {}, {"resize.width=320"}},
      {"png", {}, {"encode.level=1"}},
      {"from-list", {"read.exclude=**2.jpg"}, {}},
  };
  return all;
}

// Inode and time of a file: both change when it is written anew.
std::pair<ino_t, std::int64_t> identity(const fs::path& file) {
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  return {status.st_ino, status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
}

// Photos in in/, and the two configs.
class Studio {
 public:
  explicit Studio(const Change& change) {
    REQUIRE(run_imagemill({"synth", input(), "--count", "5", "--size", "900x700"}).status == 0);
    const Bytes bytes = read_bytes(fs::path(IMAGEMILL_CONFIGS) / (change.config + ".yaml"));
    std::string text(bytes.begin(), bytes.end());
    before_ = folder_.write("before.yaml", text);
    const auto& [from, to] = change.replaced;
    if (!from.empty()) text.replace(text.find(from), from.size(), to);
    after_ = folder_.write("after.yaml", text);
    for (const std::string& set : change.before)
      before_sets_.insert(before_sets_.end(), {"--set", set});
    for (const std::string& set : change.after)
      after_sets_.insert(after_sets_.end(), {"--set", set});
  }

  std::string input() const { return (folder_ / "in").string(); }
  fs::path output(const std::string& name) const { return folder_ / name; }

  int run_before(const std::string& output) const { return run(before_, output, before_sets_); }
  int run_after(const std::string& output, Words more = {}) const {
    more.insert(more.end(), after_sets_.begin(), after_sets_.end());
    return run(after_, output, more);
  }

 private:
  int run(const fs::path& config, const std::string& output, const Words& more) const {
    Words words = imagemill_command({"run", config, "--input", input(), "--output",
                                     (folder_ / output).string(), "--progress", "none"});
    words.insert(words.end(), more.begin(), more.end());
    // The logo of a config is relative to the project's folder.
    return Process(words, fs::path(IMAGEMILL_CONFIGS).parent_path()).wait().status;
  }

  TemporaryFolder folder_;
  fs::path before_, after_;
  Words before_sets_, after_sets_;
};

}  // namespace

TEST_CASE("After a change and a resume, all is as a fresh run makes it", "[cli]") {
  const bool interrupted = GENERATE(false, true);
  for (const Change& change : changes()) {
    INFO(change.config << ": " << (change.after.empty() ? "" : change.after.front())
                       << (interrupted ? ", interrupted" : ""));
    const Studio studio(change);
    REQUIRE(studio.run_before("out") == 0);
    const Files before = read_files(studio.output("out"));
    std::map<std::string, std::pair<ino_t, std::int64_t>> identities;
    for (const auto& file : before) {
      identities[file.first] = identity(studio.output("out") / file.first);
    }
    if (interrupted) {
      const fs::path broken = fs::path(studio.input()) / "landscapes/landscape-0002.jpg";
      const Bytes whole = read_bytes(broken);
      write_files(broken.parent_path(), {{broken.filename(), Bytes{0xFF, 0xD8, 0xFF}}});
      CHECK(studio.run_after("out", {"--resume", "--executor", "serial", "--on-error", "stop"}) ==
            1);
      write_files(broken.parent_path(), {{broken.filename(), whole}});
    }
    REQUIRE(studio.run_after("out", {"--resume"}) == 0);
    REQUIRE(studio.run_after("fresh") == 0);
    const Files resumed = read_files(studio.output("out"));
    CHECK(resumed == read_files(studio.output("fresh")));
    CHECK(resumed != before);
    if (interrupted || change.bytes == Change::Bytes::some_change) continue;
    for (const auto& [name, bytes] : resumed) {
      INFO(name);
      const bool is_same = before.contains(name) && before.at(name) == bytes;
      const bool is_kept =
          before.contains(name) && identity(studio.output("out") / name) == identities.at(name);
      CHECK(is_kept == is_same);
    }
  }
}
