#include "engine/resume/journal.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <tuple>
#include <utility>

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include "engine/base/exception_guard.h"
#include "engine/base/text.h"
#include "engine/base/thread.h"

namespace imagemill {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAnyHeading = "# imagemill-journal ";

std::uint64_t hash_of(std::string_view escaped_key) {
  return XXH3_64bits(escaped_key.data(), escaped_key.size());
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(const fs::path& file, Earlier earlier,
                                               const FileSystem& files,
                                               const std::stop_token& stop) {
  std::unique_ptr<Journal> journal(new Journal(file, files));
  if (earlier == Earlier::dropped) return journal;
  if (auto read = journal->read({}, stop); !read)
    return tl::make_unexpected(std::move(read.error()));
  return journal;
}

Journal::~Journal() { end(Last::kept); }

Result<void> Journal::read(const Holds& holds, const std::stop_token& stop) {
  const std::string what = "cannot read the journal '" + file_.string() + "'";
  fd_ = Descriptor(::open(file_.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!fd_.is_open()) {
    if (errno == ENOENT) return {};
    return system_failure(what, errno);
  }
  std::string text;
  std::uint64_t at = 0;  // of `text` in the file
  const auto take_lines = [&] {
    std::size_t from = 0;
    for (std::size_t to = 0; (to = text.find('\n', from)) != std::string::npos; from = to + 1) {
      const std::string_view line = std::string_view(text).substr(from, to - from);
      if (at + from == 0) continue;
      const auto escaped_key = escaped_key_of(line);
      const auto key = escaped_key ? unescaped(*escaped_key) : std::nullopt;
      if (!key) {
        ++damaged_;
      } else if (!holds || holds(*key)) {
        places_.push_back({hash_of(*escaped_key), at + from});
      }
    }
    text.erase(0, from);
    at += from;
  };
  while (true) {
    if (stop.stop_requested()) return failure("interrupted", "stopped while it read journals");
    const std::size_t held = text.size();
    text.resize(held + kPiece);
    const ssize_t n = ::read(fd_.get(), text.data() + held, kPiece);
    const int error = errno;
    text.resize(held + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0 && error == EINTR) continue;
    if (n < 0) return system_failure(what, error);
    if (at == 0 && !text.starts_with(kHeading)) {
      complaint_ = std::string_view(text).starts_with(kAnyHeading)
                       ? "was written by another version of imagemill"
                       : "is no journal";
      if (text.empty()) complaint_ = "is empty";
      complaint_ = "the journal '" + file_.string() + "' " + complaint_ + ": all is done again";
      return {};
    }
    take_lines();
    if (n == 0) break;
  }
  end_ = at;
  const std::uint64_t untrusted = damaged_ + (text.empty() ? 0 : 1);
  if (untrusted > 0) {
    complaint_ = "the journal '" + file_.string() + "' has " +
                 number_of(static_cast<std::int64_t>(untrusted), "line") +
                 " that cannot be trusted: the items concerned are done again";
  }
  keep_last_places();
  return {};
}

void Journal::keep_last_places() {
  std::sort(places_.begin(), places_.end(), [](const Place& a, const Place& b) {
    return std::tie(a.key, a.at) < std::tie(b.key, b.at);
  });
  const auto same_key = [](const Place& a, const Place& b) { return a.key == b.key; };
  // Reversed, so that the last place of each key is the one that stays.
  const auto last = std::unique(places_.rbegin(), places_.rend(), same_key);
  const auto superseded = last.base() - places_.begin();
  places_.erase(places_.begin(), last.base());
  superseded_ = static_cast<std::uint64_t>(superseded);
}

std::optional<JournalEntry> Journal::find(std::string_view key) const {
  const std::uint64_t hash = hash_of(escaped(key));
  const auto place =
      std::lower_bound(places_.begin(), places_.end(), hash,
                       [](const Place& a, std::uint64_t value) { return a.key < value; });
  if (place == places_.end() || place->key != hash) return {};
  const auto line = line_of(fd_.get(), place->at);
  auto entry = line ? parse_line(*line) : std::nullopt;
  // Two keys may have the same hash.
  if (entry && entry->key != key) return {};
  return entry;
}

std::optional<std::string> Journal::line_of(int fd, std::uint64_t at) {
  std::string line;
  std::array<char, 4096> piece{};
  while (true) {
    const ssize_t n = ::pread(fd, piece.data(), piece.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return {};
    const std::string_view more(piece.data(), static_cast<std::size_t>(n));
    const auto end = more.find('\n');
    line += more.substr(0, end);
    if (end != std::string_view::npos) return line;
    at += static_cast<std::uint64_t>(n);
  }
}

Result<void> Journal::begin(std::function<void(const Error&)> lost, const std::stop_token& stop) {
  const std::string what = "cannot write the journal '" + file_.string() + "'";
  if (fd_.is_open()) {
    compact(stop);
  } else {
    fd_ = Descriptor(::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (!fd_.is_open()) return write_failure(what, errno);
  }
  // Cuts off a torn last line, so that the next entry begins a line.
  if (::ftruncate(fd_.get(), static_cast<off_t>(end_)) != 0 ||
      ::lseek(fd_.get(), 0, SEEK_END) < 0) {
    return write_failure(what, errno);
  }
  if (end_ == 0) {
    if (const int error = write_all(fd_.get(), kHeading.data(), kHeading.size())) {
      return write_failure(what, error);
    }
    end_ = kHeading.size();
  }
  set_room_aside(0);
  disk_ = files_.disk(file_.parent_path());
  lost_ = std::move(lost);
  auto keeper = start_thread([this] { keep(); }, [this](const Error& error) { fail(error); });
  if (!keeper) return tl::make_unexpected(std::move(keeper.error()));
  keeper_ = std::move(*keeper);
  return {};
}

void Journal::add(const JournalEntry& entry, Durability durability) {
  const std::string line = to_line(entry);
  const MutexLock lock(mutex_);
  if (waiting_.lines.empty()) changed_.notify_one();
  waiting_.lines += line;
  if (durability == Durability::batch) waiting_.after_sync = true;
  if (durability != Durability::none) waiting_.durable = true;
}

// The keeper thread: writes the waiting lines at intervals, which grow with the time of a write.
void Journal::keep() {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kOften(200);
  constexpr std::chrono::milliseconds kSeldom(5000);
  constexpr std::chrono::milliseconds kQuick(1000);
  Clock::duration took{};
  MutexLock lock(mutex_);
  while (true) {
    changed_.wait(lock.waiting(),
                  [&]() IMAGEMILL_REQUIRES(mutex_) { return ends_ || !waiting_.lines.empty(); });
    if (waiting_.lines.empty()) return;
    const auto pause = std::clamp<Clock::duration>(10 * took, kOften, kSeldom);
    changed_.wait_for(lock.waiting(), pause,
                      [&]() IMAGEMILL_REQUIRES(mutex_) { return ends_ || flushes_; });
    const Waiting waiting = std::exchange(waiting_, {});
    const bool is_dropped =
        failed_ || (last_ == Last::kept_if_quick && waiting.after_sync && took > kQuick);
    if (is_dropped) continue;
    is_keeping_ = true;
    lock.unlock();
    const auto begun = Clock::now();
    const auto kept = guarded([&] { return keep_lines(waiting); });
    took = Clock::now() - begun;
    if (!kept) fail(kept.error());
    lock.lock();
    is_keeping_ = false;
    kept_.notify_all();
  }
}

// Ends writing: later entries are dropped.
void Journal::fail(const Error& error) {
  {
    const MutexLock lock(mutex_);
    failed_ = guarded([&]() -> Result<void> { return tl::make_unexpected(error); }).error();
    kept_.notify_all();
  }
  lost_(error);
}

Result<void> Journal::keep_lines(const Waiting& waiting) {
  if (waiting.after_sync) {
    if (!disk_) return tl::make_unexpected(disk_.error());
    if (auto synced = (*disk_)->sync(); !synced) return synced;
  }
  int error = write_all(fd_.get(), waiting.lines.data(), waiting.lines.size());
  if (error == 0 && waiting.durable && ::fdatasync(fd_.get()) != 0) error = errno;
  if (error != 0) return write_failure("cannot write the journal '" + file_.string() + "'", error);
  end_ += waiting.lines.size();
  set_room_aside(4 * waiting.lines.size());
  return {};
}

// Allocates room after the last line. A failure is ignored, since not every file system can do it.
void Journal::set_room_aside(std::uint64_t bytes) {
  constexpr std::uint64_t kLeast = std::uint64_t{64} << 10;
  bytes = std::max(bytes, kLeast);
  if (room_ >= end_ + bytes / 2) return;
  if (::fallocate(fd_.get(), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(end_),
                  static_cast<off_t>(bytes)) == 0) {
    room_ = end_ + bytes;
  }
}

Result<void> Journal::flush() {
  MutexLock lock(mutex_);
  flushes_ = true;
  changed_.notify_one();
  kept_.wait(lock.waiting(), [&]() IMAGEMILL_REQUIRES(mutex_) {
    return failed_ || (waiting_.lines.empty() && !is_keeping_);
  });
  flushes_ = false;
  if (failed_) return tl::make_unexpected(*failed_);
  return {};
}

Result<void> Journal::finish(Last last) {
  end(last);
  const MutexLock lock(mutex_);
  if (failed_) return tl::make_unexpected(*failed_);
  return {};
}

void Journal::end(Last last) noexcept {
  {
    const MutexLock lock(mutex_);
    ends_ = true;
    last_ = last;
    changed_.notify_one();
  }
  if (keeper_.joinable()) keeper_.join();
  // Frees the room that was set aside. A failure does no harm.
  if (room_ > 0 && ::ftruncate(fd_.get(), static_cast<off_t>(end_)) != 0) room_ = end_;
  room_ = 0;
}

}  // namespace imagemill
