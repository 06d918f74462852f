// How far a run is, for a person who watches.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "engine/value.h"

namespace imagemill::cli {

enum class ProgressStyle {
  none,
  plain,     // a line every few seconds
  automatic  // a bar that is redrawn in place if stderr is a terminal, else none
};

// Shows progress on stderr from construction to destruction, from a thread of its own. The counters
// are thread-safe.
class Progress {
 public:
  explicit Progress(ProgressStyle style);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Called once, when the source is listed to its end.
  void set_listed(std::uint64_t entries) { listed_ = entries; }
  void ignore_one() { ++ignored_; }
  void ok() { ++done_; }
  void failed() {
    ++failed_;
    ++done_;
  }

 private:
  void loop();
  void draw_bar() const;
  void print_line() const;
  double seconds() const;
  // How many there will be; 0: not yet known.
  std::uint64_t total() const { return listed_ > ignored_ ? listed_ - ignored_ : 0; }

  const bool bar_;
  std::atomic<std::uint64_t> listed_ = 0;  // 0: not yet known
  std::atomic<std::uint64_t> ignored_ = 0;
  std::atomic<std::uint64_t> done_ = 0;
  std::atomic<std::uint64_t> failed_ = 0;
  const std::int64_t started_ns_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace imagemill::cli

template <>
struct imagemill::EnumNames<imagemill::cli::ProgressStyle> {
  using Style = imagemill::cli::ProgressStyle;
  static constexpr std::array<std::pair<std::string_view, Style>, 3> values = {
      {{"auto", Style::automatic}, {"plain", Style::plain}, {"none", Style::none}}};
};
