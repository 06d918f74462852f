#include "graphs/line_sorter.h"

#include <algorithm>
#include <memory>
#include <queue>

namespace imagemill {
namespace {

constexpr std::size_t kReadAhead = std::size_t{64} << 10;

// One run, read line by line from a file of its own.
class Run {
 public:
  Run(const std::filesystem::path& file, std::streamoff begin, std::streamoff end)
      : left_(end - begin) {
    stream_.rdbuf()->pubsetbuf(buffer_.get(), kReadAhead);
    stream_.open(file, std::ios::binary);
    stream_.seekg(begin);
  }

  const std::string& line() const { return line_; }
  bool good() const { return left_ == 0; }  // once next() is false

  bool next() {
    if (left_ <= 0 || !std::getline(stream_, line_)) return false;
    left_ -= static_cast<std::streamoff>(line_.size()) + 1;
    return true;
  }

 private:
  std::unique_ptr<char[]> buffer_ = std::make_unique<char[]>(kReadAhead);
  std::ifstream stream_;
  std::streamoff left_;
  std::string line_;
};

}  // namespace

LineSorter::LineSorter(std::filesystem::path file, KeyOf key, std::size_t run_bytes)
    : file_(std::move(file)),
      key_(std::move(key)),
      run_bytes_(run_bytes),
      stream_(file_, std::ios::binary | std::ios::trunc) {}

void LineSorter::add(std::string line) {
  held_ += line.size() + sizeof(std::string);
  run_.push_back(std::move(line));
  if (held_ >= run_bytes_) spill();
}

void LineSorter::sort_run() {
  std::sort(run_.begin(), run_.end(),
            [&](const std::string& a, const std::string& b) { return key_(a) < key_(b); });
}

void LineSorter::spill() {
  sort_run();
  runs_.push_back(stream_.tellp());
  for (const std::string& line : run_) stream_ << line << '\n';
  run_.clear();
  held_ = 0;
}

bool LineSorter::write_sorted(std::ostream& to) {
  if (runs_.empty()) {
    sort_run();
    for (const std::string& line : run_) to << line << '\n';
  } else {
    spill();
  }
  const bool sorted = runs_.empty() || merge(to);
  discard();
  return sorted;
}

bool LineSorter::merge(std::ostream& to) {
  runs_.push_back(stream_.tellp());
  stream_.close();
  if (!stream_) return false;
  std::vector<std::unique_ptr<Run>> runs;
  const auto later = [&](const Run* a, const Run* b) { return key_(b->line()) < key_(a->line()); };
  std::priority_queue<Run*, std::vector<Run*>, decltype(later)> heads(later);
  for (std::size_t i = 0; i + 1 < runs_.size(); ++i) {
    runs.push_back(std::make_unique<Run>(file_, runs_[i], runs_[i + 1]));
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

void LineSorter::discard() {
  stream_.close();
  std::error_code ignored;
  std::filesystem::remove(file_, ignored);
}

}  // namespace imagemill
