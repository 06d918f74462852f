// imagemill synth: makes a sample photo set.
#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "cli/commands/commands.h"
#include "cli/display/complain.h"
#include "cli/display/exit_status.h"
#include "cli/display/terminal.h"
#include "cli/flags/run_flags.h"
#include "cli/process/signals.h"
#include "engine/base/thread.h"
#include "engine/files/file_system.h"
#include "engine/files/temporary_names.h"
#include "engine/run/executor.h"
#include "nodes/imaging/sample/sample_set.h"

namespace imagemill::cli {
namespace {

using imaging::Size;

constexpr std::int64_t kMaxPixels = 100'000'000;  // in one photo: 300 MB in memory

struct SynthOptions {
  std::string folder;
  int count = 40;
  std::string size;  // empty: mixed sizes
  std::uint64_t seed = 1;
};

// Parses "4000x3000"; nullopt for any other form, and for a size that no photo has.
std::optional<Size> parse_size(std::string_view text) {
  Size size;
  const char* const end = text.data() + text.size();
  const auto width = std::from_chars(text.data(), end, size.width);
  if (width.ec != std::errc() || width.ptr == end || *width.ptr != 'x') return {};
  const auto height = std::from_chars(width.ptr + 1, end, size.height);
  if (height.ec != std::errc() || height.ptr != end) return {};
  const bool positive = size.width >= 1 && size.height >= 1;
  const bool small = std::int64_t{size.width} * size.height <= kMaxPixels;
  return positive && small && std::max(size.width, size.height) <= 65'500 ? std::optional(size)
                                                                          : std::nullopt;
}

// Writes the photos, one at a time on each CPU.
class Writer {
 public:
  Writer(const SynthOptions& options, std::optional<Size> size, std::stop_token stop)
      : options_(options), size_(size), stop_(std::move(stop)) {}

  // Size of the set in bytes, or the first error; "interrupted" if a stop was requested.
  Result<std::uint64_t> write_all() {
    {
      std::vector<std::jthread> helpers;
      for (int i = 1; i < std::min(available_cpus(), options_.count); ++i) {
        // Fewer threads only take longer.
        auto helper = start_thread([this] { work(); }, [this](const Error& error) { fail(error); });
        if (!helper) break;
        helpers.push_back(std::move(*helper));
      }
      work();
    }
    if (error_) return tl::make_unexpected(*error_);
    return bytes_.load();
  }

 private:
  void work() {
    for (int i = next_++; i < options_.count; i = next_++) {
      if (stop_.stop_requested()) return fail(Error("interrupted", "stopped"));
      const Result<std::size_t> written = write(i);
      if (written) {
        bytes_ += *written;
        continue;
      }
      fail(written.error());
    }
  }

  void fail(const Error& error) {
    next_ = options_.count;
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = error;
  }

  Result<std::size_t> write(int index) const {
    const imaging::SampleFile file = imaging::sample_file(index, size_, options_.seed);
    const auto fail = [&](Error error) {
      error.item = file.path;
      return tl::make_unexpected(std::move(error));
    };
    try {
      auto bytes = imaging::make_sample(file);
      if (!bytes) return fail(Error(std::move(bytes.error())));
      auto written =
          FileSystem::real().replace(options_.folder, file.path, *bytes, Durability::none);
      if (!written) return fail(std::move(written.error()));
      return bytes->size();
    } catch (const std::bad_alloc&) {
      return fail(Error("out_of_memory", "not enough memory for a photo of this size"));
    }
  }

  const SynthOptions& options_;
  const std::optional<Size> size_;
  const std::stop_token stop_;
  std::atomic<int> next_ = 0;
  std::atomic<std::uint64_t> bytes_ = 0;
  std::mutex mutex_;
  std::optional<Error> error_;
};

int synth(const SynthOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const std::stop_token stop = catch_signals();
  if (const auto ready = FileSystem::real().prepare_output(options.folder); !ready) {
    complain(ready.error().message);
    return kNotRun;
  }
  remove_stale_temporaries(options.folder, stop);
  const auto size = options.size.empty() ? std::nullopt : parse_size(options.size);
  const auto bytes = Writer(options, size, stop).write_all();
  if (!bytes) return not_run(bytes.error(), stop);
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  print_out("{} photos, {}, in {} ({})\n", options.count, byte_count(static_cast<double>(*bytes)),
            printable(options.folder), duration(time.count()));
  return kOk;
}

}  // namespace

void add_synth(CommandLine& line) {
  const auto options = std::make_shared<SynthOptions>();
  Command command = line.add("synth", "Make a sample photo set to try things on");
  command.describe(
      "Makes a sample photo set: computer-made pictures that look like photographs, in the "
      "folders\n"
      "landscapes, seaside, night and studio below DIR. Mostly JPEG; some are progressive, gray,\n"
      "turned by EXIF, or PNG, one with alpha. Files of the same names are replaced.");
  command.add("DIR", options->folder, "Where to put the photos; made if missing").required();
  command.add("--count", options->count, "How many photos")
      .between(1, 1'000'000)
      .with_default_in_help();
  command
      .add("--size", options->size,
           "WIDTHxHEIGHT: camera photos of this size, all of them baseline JPEGs (4000x3000\n"
           "gives about 3 MB each). Without it, mixed sizes up to 1600 pixels")
      .checked([](const std::string& text) {
        return parse_size(text)
                   ? std::string()
                   : "'" + text + "' is no size like 4000x3000, of 100 megapixels at most";
      });
  command.add("--seed", options->seed, "The same seed makes the same photos, to the byte")
      .with_default_in_help();
  command.runs([options] { return synth(*options); });
}

}  // namespace imagemill::cli
