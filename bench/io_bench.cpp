// Reading and writing files, in a temporary folder (TMPDIR says where; in memory the page cache
// answers).
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "bench/scratch_folder.h"
#include "bench/stage.h"

namespace imagemill::bench {
namespace {

namespace fs = std::filesystem;

constexpr int kFiles =
    64;  // used in turn, so that no benchmark reads or writes the same file over and over

// A JPEG of about the size that is asked for, in bytes: what follows the picture is padding, as
// many cameras write.
imaging::Encoded file_of(std::int64_t bytes) {
  imaging::Encoded file = photo_file({128, 96}, "jpeg");
  imaging::Bytes padded = *file.bytes;
  padded.resize(static_cast<std::size_t>(bytes));
  file.bytes = std::make_shared<const imaging::Bytes>(std::move(padded));
  return file;
}

std::string name_of(int i) { return std::to_string(i % kFiles) + ".jpg"; }

void read(benchmark::State& state) {
  const ScratchFolder folder;
  const imaging::Encoded file = file_of(state.range(0));
  for (int i = 0; i < kFiles; ++i) {
    if (!FileSystem::real().replace(folder.path(), name_of(i), *file.bytes, Durability::none)) {
      state.SkipWithError("can't write the files to read");
      return;
    }
  }
  Environment environment;
  environment.input = folder.path();
  Stage stage("read", {}, environment);
  const auto load = [&](int i) {
    auto candidate = stage.node().probe(name_of(i));
    return std::any_cast<imaging::Encoded>(*(*candidate)->load());
  };
  if (*load(0).bytes != *file.bytes) {
    state.SkipWithError("what was read is not what was written");
    return;
  }
  int next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(load(next++));
  count(state, file.byte_size());
}
BENCHMARK(read)->Arg(50'000)->Arg(3'000'000)->Unit(benchmark::kMicrosecond);

void write(benchmark::State& state) {
  const ScratchFolder folder;
  Environment environment;
  environment.input = "/";
  environment.output = folder.path();
  Stage stage("write", {{"path", "{name}"}}, environment);
  const imaging::Encoded file = file_of(state.range(0));
  const auto store = [&](int i) {
    stage.item().key = name_of(i);
    stage.plan(Facts(), {});
    return stage.run_as<Written>(file);
  };
  const Written written = store(0);
  const auto found = read_file(FileSystem::real(), folder.path() / written.path);
  if (!found || !std::ranges::equal(*found, *file.bytes)) {
    state.SkipWithError("what was written is not what was put in");
    return;
  }
  int next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(store(next++));
  count(state, file.byte_size());
}
BENCHMARK(write)->Arg(6'000)->Arg(3'000'000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace imagemill::bench
