// Progress display of a run, on stderr.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>

#include "cli/display/live_stages.h"
#include "engine/base/value.h"
#include "engine/run/executor.h"

namespace imagemill::cli {

enum class ProgressStyle {
  none,
  plain,     // a line every few seconds
  bar,       // redrawn in place if stderr is a terminal, else as none
  automatic  // as bar, with the stages below it if the terminal has room for them
};

// Shows progress on stderr from construction to destruction, from a thread of its own. The methods
// that count are thread-safe.
class Progress {
 public:
  // `run`: the run whose stages are shown; null shows none. `label`: text beside the bar.
  explicit Progress(ProgressStyle style, const ProgressCounters* run = nullptr,
                    std::string label = "");
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Whether the display samples the stages of the run, which costs the run a little.
  bool shows_stages() const { return stages_ && thread_.joinable(); }

  // Sets the number of entries. Call when the source is listed to its end.
  void set_listed(std::uint64_t entries) { listed_ = entries; }
  void ignore_one() { ++ignored_; }
  void ok() { ++done_; }
  void failed() {
    ++failed_;
    ++done_;
  }

 private:
  void loop();
  void draw();
  std::string bar(int columns) const;
  void print_line() const;
  double seconds() const;
  // Number of items of the run; 0 while it is unknown.
  std::uint64_t total() const { return listed_ > ignored_ ? listed_ - ignored_ : 0; }

  const ProgressStyle style_;
  std::optional<LiveStages> stages_;
  std::atomic<std::uint64_t> listed_ = 0;  // 0 while unknown
  std::atomic<std::uint64_t> ignored_ = 0;
  std::atomic<std::uint64_t> done_ = 0;
  std::atomic<std::uint64_t> failed_ = 0;
  const std::string label_;
  const std::int64_t started_ns_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;
  std::jthread thread_;
};

// Progress of several runs, one after the other.
class RunsProgress final : public RunObserver {
 public:
  // Starts a new bar, labelled `what`. Without a call, the next run goes on in the last bar.
  void begin(const std::string& what);
  void listed(std::uint64_t entries) override { progress_->set_listed(listed_ += entries); }
  void ignored(const std::string&) override { progress_->ignore_one(); }
  void ended(const Item&) override { progress_->ok(); }

 private:
  std::optional<Progress> progress_{std::in_place, ProgressStyle::bar};
  std::uint64_t listed_ = 0;
};

}  // namespace imagemill::cli

template <>
struct imagemill::EnumNames<imagemill::cli::ProgressStyle> {
  using Style = imagemill::cli::ProgressStyle;
  static constexpr std::array<std::pair<std::string_view, Style>, 4> values = {
      {{"auto", Style::automatic},
       {"bar", Style::bar},
       {"plain", Style::plain},
       {"none", Style::none}}};
};
