#include "cli/display/progress.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "cli/display/terminal.h"
#include "engine/base/clock.h"
#include "engine/base/thread.h"
#include "engine/metrics/run_report.h"

namespace imagemill::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kLook = 20ms;
constexpr int kLooksARedraw = 5;
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

Progress::Progress(ProgressStyle style, const ProgressCounters* run, std::string label)
    : style_(style), label_(std::move(label)), started_ns_(now_ns()) {
  if (run != nullptr && style == ProgressStyle::automatic) stages_.emplace(*run);
  const bool on_screen = style == ProgressStyle::automatic || style == ProgressStyle::bar;
  const bool shown = on_screen ? screen_of(stderr).has_value() : style == ProgressStyle::plain;
  if (!shown) return;
  // If the thread cannot start, the run goes on without a display.
  if (auto thread = start_thread([this] { loop(); }, [](const Error&) {}))
    thread_ = std::move(*thread);
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
  const bool plain = style_ == ProgressStyle::plain;
  const auto every = plain ? std::chrono::milliseconds(kPlainLine) : kLook;
  std::unique_lock lock(mutex_);
  for (int looks = 1; !ended_.wait_for(lock, every, [&] { return over_; }); ++looks) {
    if (plain) {
      print_line();
      continue;
    }
    if (stages_) stages_->look(now_ns());
    if (looks % kLooksARedraw == 0) draw();
  }
  // The bar makes room for the summary; plain lines end with the final state.
  if (plain) {
    print_line();
  } else {
    print_error("\r\x1b[J");
  }
}

double Progress::seconds() const { return static_cast<double>(now_ns() - started_ns_) * 1e-9; }

// Leaves the cursor where the bar begins, so that other messages overwrite the bar.
void Progress::draw() {
  const Screen screen = screen_of(stderr).value_or(Screen());
  std::string text = "\r" + bar(screen.columns) + "\x1b[K";
  std::vector<std::string> lines;
  if (stages_) lines = stages_->lines();
  const auto too_wide = [&](const std::string& line) {
    return static_cast<int>(width_of(line)) >= screen.columns;
  };
  if (static_cast<int>(lines.size()) + 2 > screen.rows || std::ranges::any_of(lines, too_wide)) {
    lines.clear();
  }
  for (const std::string& line : lines) text += "\r\n" + line + "\x1b[K";
  text += "\x1b[J";  // clears lines that a larger drawing has left
  if (!lines.empty()) text += fmt::format("\x1b[{}A", lines.size());
  print_error("{}\r", text);
}

std::string Progress::bar(int columns) const {
  const std::uint64_t done = done_;
  const std::uint64_t whole = total();
  const double share = whole > 0 ? static_cast<double>(done) / static_cast<double>(whole) : 0;
  std::string text = fmt::format("{} {}  {:.1f} images/s", label_.empty() ? "" : "  " + label_,
                                 of_total(done, whole), static_cast<double>(done) / seconds());
  if (const std::string eta = remaining(done, whole, seconds()); !eta.empty())
    text += "  ETA " + eta;
  if (failed_ > 0) text += fmt::format("  {} failed", failed_.load());
  const int room = std::clamp(columns - static_cast<int>(width_of(text)) - 3, 0, 40);
  const int filled = static_cast<int>(share * room);
  std::string bar;
  for (int i = 0; i < room; ++i) bar += i < filled ? "█" : "░";
  // The text is cut to the screen: a line that wraps would stay behind.
  if (room == 0) text = cut_to(text, static_cast<std::size_t>(std::max(columns - 1, 0)));
  return bar + text;
}

void Progress::print_line() const {
  const std::uint64_t done = done_;
  const std::uint64_t whole = total();
  const std::string eta = remaining(done, whole, seconds());
  print_error("{} images, {:.1f} images/s{}, {} failed\n", of_total(done, whole),
              static_cast<double>(done) / seconds(), eta.empty() ? "" : ", " + eta + " left",
              failed_.load());
}

void RunsProgress::begin(const std::string& what) {
  progress_.reset();  // removes the last bar before the next one is drawn
  progress_.emplace(ProgressStyle::bar, nullptr, what);
  listed_ = 0;
}

}  // namespace imagemill::cli
