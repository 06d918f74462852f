#include "cli/progress.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "cli/terminal.h"
#include "engine/statistics.h"

namespace imagemill::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kRedraw = 100ms;
constexpr auto kPlainLine = 3s;

std::string remaining(std::uint64_t done, std::uint64_t total, double elapsed) {
  if (done == 0 || done >= total) return "";
  const double left = elapsed / static_cast<double>(done) * static_cast<double>(total - done);
  const long whole = std::lround(left);
  return whole < 3600 ? fmt::format("{}:{:02}", whole / 60, whole % 60)
                      : fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string of_total(std::uint64_t done, std::uint64_t total) {
  return total > 0 ? fmt::format("{}/{}", done, total) : std::to_string(done);
}

}  // namespace

Progress::Progress(ProgressStyle style)
    : bar_(style == ProgressStyle::automatic), started_ns_(now_ns()) {
  const bool shown = style == ProgressStyle::plain || (bar_ && screen_of(stderr));
  if (shown) thread_ = std::thread([this] { loop(); });
}

Progress::~Progress() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  ended_.notify_all();
  thread_.join();
}

void Progress::loop() {
  std::unique_lock lock(mutex_);
  while (!ended_.wait_for(lock, bar_ ? kRedraw : std::chrono::milliseconds(kPlainLine),
                          [&] { return over_; })) {
    if (bar_) {
      draw_bar();
    } else {
      print_line();
    }
  }
  // The bar makes room for the summary; of the lines, the last says how it ended.
  if (bar_) {
    fmt::print(stderr, "\r\x1b[K");
  } else {
    print_line();
  }
}

double Progress::seconds() const { return static_cast<double>(now_ns() - started_ns_) * 1e-9; }

void Progress::draw_bar() const {
  const std::uint64_t done = done_;
  const std::uint64_t whole = total();
  const double share = whole > 0 ? static_cast<double>(done) / static_cast<double>(whole) : 0;
  std::string text = fmt::format(" {}  {:.1f} images/s", of_total(done, whole),
                                 static_cast<double>(done) / seconds());
  if (const std::string eta = remaining(done, whole, seconds()); !eta.empty())
    text += "  ETA " + eta;
  if (failed_ > 0) text += fmt::format("  {} failed", failed_.load());
  const int room = std::clamp(
      screen_of(stderr).value_or(Screen()).columns - static_cast<int>(text.size()) - 3, 0, 40);
  const int filled = static_cast<int>(share * room);
  std::string bar;
  for (int i = 0; i < room; ++i) bar += i < filled ? "█" : "░";
  fmt::print(stderr, "\r{}{}\x1b[K", bar, text);
  std::fflush(stderr);
}

void Progress::print_line() const {
  const std::uint64_t done = done_;
  const std::uint64_t whole = total();
  const std::string eta = remaining(done, whole, seconds());
  fmt::print(stderr, "{} images, {:.1f} images/s{}, {} failed\n", of_total(done, whole),
             static_cast<double>(done) / seconds(), eta.empty() ? "" : ", " + eta + " left",
             failed_.load());
}

}  // namespace imagemill::cli
