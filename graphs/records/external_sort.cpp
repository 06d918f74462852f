#include "graphs/records/external_sort.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <queue>
#include <utility>

#include <unistd.h>

#include "engine/files/atomic_file.h"

namespace imagemill {
namespace {

constexpr std::size_t kReadAhead = std::size_t{64} << 10;

// Reader of one sorted run, line by line.
class Run {
 public:
  // Reads the bytes from `begin` to `end` of an open file.
  Run(int fd, std::uint64_t begin, std::uint64_t end) : fd_(fd), at_(begin), end_(end) {}

  const std::string& line() const { return line_; }
  bool good() const { return at_ == end_ && next_ == ahead_.size(); }  // once next() is false

  bool next() {
    std::size_t line_ends = ahead_.find('\n', next_);
    while (line_ends == std::string::npos) {
      if (!read_on()) return false;
      line_ends = ahead_.find('\n');
    }
    line_.assign(ahead_, next_, line_ends - next_);
    next_ = line_ends + 1;
    return true;
  }

 private:
  // Reads the next piece; drops all lines before the unfinished one.
  bool read_on() {
    ahead_.erase(0, next_);
    next_ = 0;
    const std::size_t held = ahead_.size();
    ahead_.resize(held + std::min<std::uint64_t>(kReadAhead, end_ - at_));
    const ssize_t n =
        ::pread(fd_, ahead_.data() + held, ahead_.size() - held, static_cast<off_t>(at_));
    const auto read = static_cast<std::size_t>(std::max<ssize_t>(n, 0));
    ahead_.resize(held + read);
    at_ += read;
    return read > 0 || (n < 0 && errno == EINTR);
  }

  const int fd_;
  std::uint64_t at_;  // offset of the next byte to read
  const std::uint64_t end_;
  std::string ahead_;
  std::size_t next_ = 0;  // offset in `ahead_`
  std::string line_;
};

}  // namespace

ExternalSort::ExternalSort(const std::filesystem::path& folder, KeyOf key, std::size_t run_bytes)
    : key_(std::move(key)), run_bytes_(run_bytes) {
  auto file = AtomicFile::make(folder);
  // An unlinked file leaves nothing behind, however the process ends.
  error_ = file ? file->unlink() : file.error();
  if (error_ == 0) file_ = file->release();
}

void ExternalSort::add(std::string line) {
  held_ += line.size() + sizeof(std::string);
  run_.push_back(std::move(line));
  if (held_ >= run_bytes_) spill();
}

void ExternalSort::sort_run() {
  std::sort(run_.begin(), run_.end(),
            [&](const std::string& a, const std::string& b) { return key_(a) < key_(b); });
}

void ExternalSort::spill() {
  sort_run();
  runs_.push_back(end_);
  std::string text;
  for (const std::string& line : run_) {
    (text += line) += '\n';
    if (text.size() >= kReadAhead) write(std::exchange(text, {}));
  }
  write(text);
  run_.clear();
  held_ = 0;
}

void ExternalSort::write(const std::string& text) {
  if (error_ == 0) error_ = write_all(file_.get(), text.data(), text.size());
  end_ += text.size();
}

bool ExternalSort::write_sorted(std::ostream& to) {
  if (!runs_.empty()) {
    spill();
    return merge(to);
  }
  sort_run();
  for (const std::string& line : run_) to << line << '\n';
  return true;
}

bool ExternalSort::merge(std::ostream& to) {
  if (error_ != 0) return false;
  runs_.push_back(end_);
  std::vector<std::unique_ptr<Run>> runs;
  const auto later = [&](const Run* a, const Run* b) { return key_(b->line()) < key_(a->line()); };
  std::priority_queue<Run*, std::vector<Run*>, decltype(later)> heads(later);
  for (std::size_t i = 0; i + 1 < runs_.size(); ++i) {
    runs.push_back(std::make_unique<Run>(file_.get(), runs_[i], runs_[i + 1]));
    if (runs.back()->next()) heads.push(runs.back().get());
  }
  while (!heads.empty()) {
    Run* const first = heads.top();
    heads.pop();
    to << first->line() << '\n';
    if (first->next()) heads.push(first);
  }
  return std::all_of(runs.begin(), runs.end(), [](const auto& run) { return run->good(); });
}

}  // namespace imagemill
