#include "tests/cli/session/shards.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/support/catch.h"

namespace imagemill::testing {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> sorted_lines(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace

Files shard_inputs() {
  Files files;
  for (unsigned i = 0; i < 12; ++i) {
    files["day" + std::to_string(i % 3) + "/" + std::to_string(i) + ".jpg"] = small_jpeg(i + 1);
  }
  files["day0/clash.JPEG"] = small_jpeg(40);
  files["day0/clash.jpg"] = small_jpeg(41);
  files["day0/0.text"] = bytes_of("a caption");
  files["day1/broken.jpg"] = bytes_of("broken");
  return files;
}

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

Finished Shards::list() const {
  return run_imagemill(
      {"list", work_.path("graph.yaml"), "--input", work_.input(), "--output", output()});
}

std::string Shards::listed() const {
  std::string path = list().out;
  path.pop_back();
  return path;
}

Finished Shards::run(int index, int count, std::vector<std::string> more) const {
  more.insert(more.end(), {"--shard", std::to_string(index) + "/" + std::to_string(count),
                           "--summary", "json"});
  return work_.run(more);
}

Finished Shards::merge(const std::vector<std::string>& more) const {
  std::vector<std::string> words = {"merge",      output(),
                                    "--manifest", work_.path("merged.manifest"),
                                    "--failures", work_.path("merged.failures"),
                                    "--stats",    work_.path("merged.stats"),
                                    "--summary",  "json"};
  words.insert(words.end(), more.begin(), more.end());
  return run_imagemill(words);
}

void Shards::run_whole() const {
  run_imagemill({"run", work_.path("graph.yaml"), "--input", work_.input(), "--output",
                 work_.path("whole"), "--executor", "serial", "--manifest",
                 work_.path("whole.manifest"), "--failures", work_.path("whole.failures"),
                 "--stats", work_.path("whole.stats")});
}

void Shards::check_same() const {
  run_whole();
  CHECK(read_files(output()) == read_files(work_.path("whole")));
  CHECK(read(work_.path("merged.manifest")) == read(work_.path("whole.manifest")));
  CHECK(sorted_lines(read(work_.path("merged.failures"))) ==
        sorted_lines(read(work_.path("whole.failures"))));
  const Json merged = Json::parse(read(work_.path("merged.stats")));
  const Json whole = Json::parse(read(work_.path("whole.stats")));
  CHECK(merged["items"] == whole["items"]);
  CHECK(merged["ignored_files"] == whole["ignored_files"]);
  for (std::size_t i = 0; i < whole["stages"].size(); ++i) {
    for (const char* figure : {"node", "count", "failed", "bytes_out"}) {
      CHECK(merged["stages"][i][figure] == whole["stages"][i][figure]);
    }
  }
}

std::vector<std::string> Shards::leftovers() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(output())) {
    const std::string name = entry.path().filename();
    if (contains(name, ".tmp") || entry.path().parent_path().filename() == "work") {
      names.push_back(name);
    }
  }
  return names;
}

fs::path Shards::job_file(const std::string& name) const {
  for (const auto& entry : fs::directory_iterator(output() / ".imagemill/jobs")) {
    return entry.path() / name;
  }
  return {};
}

}  // namespace imagemill::testing
