// Graphs on photos, each mistuned in a way of its own: the profile says which.
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "graphs/config/load_graph.h"
#include "graphs/profile/profile.h"
#include "nodes/imaging/sample/sample_photo.h"
#include "tests/support/catch.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/image_files.h"

using namespace imagemill;
using namespace imagemill::testing;
using namespace std::chrono_literals;

namespace {

// Delay of a slow disk for each file that is opened or written.
class SlowFileSystem : public MemoryFileSystem {
 public:
  std::chrono::milliseconds open_takes{0};
  std::chrono::milliseconds replace_takes{0};

  Result<std::unique_ptr<InputFile>> open(const std::filesystem::path& path) const override {
    std::this_thread::sleep_for(open_takes);
    return MemoryFileSystem::open(path);
  }
  Result<FileStamp> replace(const std::filesystem::path& root, const std::filesystem::path& path,
                            std::span<const std::uint8_t> bytes,
                            Durability durability) const override {
    std::this_thread::sleep_for(replace_takes);
    return MemoryFileSystem::replace(root, path, bytes, durability);
  }
};

struct Tuning {
  int photos = 60;
  int readers = 4;
  int decodes = 2;
  int writers = 2;
  std::uint64_t memory = std::uint64_t{256} << 20;
  std::chrono::milliseconds open_takes{0};
  std::chrono::milliseconds replace_takes{0};
};

std::string first_sentence(const Tuning& tuning) {
  static const std::string photo = [] {
    const Bytes file =
        jpeg_file(imaging::sample_photo(imaging::SampleScene::seaside, {1600, 1200}, 3));
    return std::string(file.begin(), file.end());
  }();
  SlowFileSystem files;
  for (int i = 0; i < tuning.photos; ++i) files.put(fmt::format("./{:02}.jpg", i), photo);
  files.open_takes = tuning.open_takes;
  files.replace_takes = tuning.replace_takes;
  const auto loaded = parse_graph(fmt::format(R"(imagemill: 1
nodes:
  read:   {{type: read, concurrency: {}}}
  decode: {{type: decode, in: read, concurrency: {}}}
  resize: {{type: resize, in: decode, width: 160}}
  encode: {{type: encode, in: resize}}
  write:  {{type: write, in: encode, concurrency: {}}}
)",
                                              tuning.readers, tuning.decodes, tuning.writers),
                                  "mistuned.yaml");
  REQUIRE(loaded);
  RunOptions options;
  options.environment.files = &files;
  options.environment.input = ".";        // must be a folder
  options.environment.output = "../out";  // beside it
  options.workers = 2;
  options.memory_bytes = tuning.memory;
  options.visits = Visits::recorded;
  RunObserver observer;
  const auto run = make_flow_executor()->run(loaded->graph, options, observer);
  REQUIRE(run);
  REQUIRE(run->report.items.ok == static_cast<std::uint64_t>(tuning.photos));
  const Profile profile = make_profile("mistuned", loaded->graph, *run);
  return verdict(profile).front();
}

}  // namespace

TEST_CASE("A graph of photos that is mistuned is told in which way", "[timing]") {
  CHECK(first_sentence({.decodes = 1})
            .starts_with("Limited by 'decode': its concurrency of 1 is in use"));
  CHECK(first_sentence({.writers = 1, .replace_takes = 30ms})
            .starts_with("Limited by 'write': its 1 thread is in use"));
  CHECK(first_sentence({.memory = 1}).starts_with("Limited by memory: the workers are idle"));
  // Twice a file: its header, then all of it.
  CHECK(first_sentence({.readers = 1, .open_takes = 15ms})
            .starts_with("Limited by 'read': its 1 thread is in use"));
}

TEST_CASE("A graph of photos that is well tuned is limited by the workers", "[timing]") {
  // Many, for the first and the last photos leave a worker idle: 15 ms of the 100 that 60 take.
  const std::string sentence = first_sentence({.photos = 400});
  INFO(sentence);
  CHECK(sentence.starts_with("Limited by the workers: 2 are busy"));
}
