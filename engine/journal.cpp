#include "engine/journal.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <tuple>
#include <utility>

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include "engine/guarded.h"
#include "engine/posix.h"
#include "engine/wording.h"

namespace imagemill {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHeading = "# imagemill-journal 1\n";
constexpr std::string_view kAnyHeading = "# imagemill-journal ";
constexpr std::size_t kChecksum = 16;  // digits
constexpr std::size_t kPiece = std::size_t{1} << 20;

// A name without what separates fields and lines.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\')
      result += "\\\\";
    else if (c == '\n')
      result += "\\n";
    else if (c == '\t')
      result += "\\t";
    else
      result += c;
  }
  return result;
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      result += text[i];
      continue;
    }
    if (++i == text.size()) return {};
    if (text[i] != '\\' && text[i] != 'n' && text[i] != 't') return {};
    result += text[i] == 'n' ? '\n' : text[i] == 't' ? '\t' : '\\';
  }
  return result;
}

std::string checksum(std::string_view rest) {
  return to_hex({XXH3_64bits(rest.data(), rest.size()), 0}).substr(0, kChecksum);
}

std::uint64_t hash_of(std::string_view escaped_key) {
  return XXH3_64bits(escaped_key.data(), escaped_key.size());
}

// The fields of a line, one after the other.
class Fields {
 public:
  explicit Fields(std::string_view line) : rest_(line) {}

  bool at_end() const { return ended_; }
  bool good() const { return good_; }

  std::string_view next() {
    if (ended_) good_ = false;
    const auto tab = rest_.find('\t');
    const std::string_view field = rest_.substr(0, tab);
    ended_ = tab == std::string_view::npos;
    rest_ = ended_ ? std::string_view() : rest_.substr(tab + 1);
    return field;
  }
  std::string name() { return kept(unescaped(next())); }
  Fingerprint print() { return kept(parse_fingerprint(next())); }
  template <class T>
  T number() {
    const std::string_view field = next();
    T value{};
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    good_ = good_ && error == std::errc() && end == field.data() + field.size();
    return value;
  }
  FileStamp stamp() {
    const auto bytes = number<std::uint64_t>();
    return {bytes, number<std::int64_t>()};
  }
  Outcome outcome() {
    const std::string_view name = next();
    for (const Outcome outcome : {Outcome::ok, Outcome::skipped, Outcome::failed}) {
      if (name == to_string(outcome)) return outcome;
    }
    good_ = false;
    return Outcome::failed;
  }

 private:
  template <class T>
  T kept(std::optional<T> value) {
    good_ = good_ && value;
    return value ? std::move(*value) : T();
  }

  std::string_view rest_;
  bool ended_ = false;
  bool good_ = true;
};

// Whether a path leads nowhere but below the folder that it begins at.
bool is_inside(const fs::path& path) {
  return !path.empty() && path.is_relative() &&
         std::all_of(path.begin(), path.end(), [](const fs::path& part) {
           return !part.empty() && part != "." && part != "..";
         });
}

// A line's second field behind its checksum, where that is right.
std::optional<std::string_view> key_of(std::string_view line) {
  if (line.size() <= kChecksum || line[kChecksum] != '\t') return {};
  const std::string_view rest = line.substr(kChecksum + 1);
  if (checksum(rest) != line.substr(0, kChecksum)) return {};
  return rest.substr(0, rest.find('\t'));
}

}  // namespace

std::string to_line(const JournalEntry& entry) {
  std::string rest = escaped(entry.key);
  const auto add = [&](const std::string& field) { (rest += '\t') += field; };
  const auto add_stamp = [&](const FileStamp& stamp) {
    add(std::to_string(stamp.bytes));
    add(std::to_string(stamp.modified_ns));
  };
  add(std::string(to_string(entry.outcome)));
  add(std::to_string(entry.index));
  add_stamp(entry.input);
  add(to_hex(entry.content));
  add(to_hex(entry.graph));
  for (const JournalOutput& output : entry.outputs) {
    add(escaped(output.sink));
    add(to_hex(output.recipe));
    add(escaped(output.path));
    add_stamp(output.stamp);
    add(to_hex(output.content));
  }
  return checksum(rest) + '\t' + rest + '\n';
}

std::optional<JournalEntry> parse_line(std::string_view line) {
  if (!key_of(line)) return {};
  Fields fields(line.substr(kChecksum + 1));
  JournalEntry entry;
  entry.key = fields.name();
  entry.outcome = fields.outcome();
  entry.index = fields.number<std::uint64_t>();
  entry.input = fields.stamp();
  entry.content = fields.print();
  entry.graph = fields.print();
  while (fields.good() && !fields.at_end()) {
    JournalOutput& output = entry.outputs.emplace_back();
    output.sink = fields.name();
    output.recipe = fields.print();
    output.path = fields.name();
    output.stamp = fields.stamp();
    output.content = fields.print();
    if (!is_inside(output.path)) return {};
  }
  if (!fields.good()) return {};
  return entry;
}

Result<std::unique_ptr<Journal>> Journal::open(const fs::path& file, const fs::path& outputs,
                                               Earlier earlier, const FileSystem& files) {
  std::unique_ptr<Journal> journal(new Journal(file, outputs, files));
  if (earlier == Earlier::dropped) return journal;
  if (auto read = journal->read(); !read) return tl::make_unexpected(std::move(read.error()));
  return journal;
}

Journal::~Journal() {
  finish();
  if (fd_ >= 0) ::close(fd_);
}

Result<void> Journal::read() {
  const std::string what = "cannot read the journal '" + file_.string() + "'";
  fd_ = ::open(file_.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd_ < 0) {
    if (errno == ENOENT) return {};
    return system_failure(what, errno);
  }
  std::string text;
  std::uint64_t at = 0;  // of `text` in the file
  std::uint64_t damaged = 0;
  const auto take_lines = [&] {
    std::size_t from = 0;
    for (std::size_t to = 0; (to = text.find('\n', from)) != std::string::npos; from = to + 1) {
      const std::string_view line = std::string_view(text).substr(from, to - from);
      if (at + from == 0) continue;
      if (const auto key = key_of(line)) {
        places_.push_back({hash_of(*key), at + from});
      } else {
        ++damaged;
      }
    }
    text.erase(0, from);
    at += from;
  };
  while (true) {
    const std::size_t held = text.size();
    text.resize(held + kPiece);
    const ssize_t n = ::read(fd_, text.data() + held, kPiece);
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
  if (!text.empty()) ++damaged;
  if (damaged > 0) {
    complaint_ = "the journal '" + file_.string() + "' has " +
                 number_of(static_cast<std::int64_t>(damaged), "line") +
                 " that cannot be trusted: what they were of is done again";
  }
  std::sort(places_.begin(), places_.end(), [](const Place& a, const Place& b) {
    return std::tie(a.key, a.at) < std::tie(b.key, b.at);
  });
  return {};
}

std::optional<JournalEntry> Journal::find(std::string_view key) const {
  const std::uint64_t hash = hash_of(escaped(key));
  const auto after =
      std::upper_bound(places_.begin(), places_.end(), hash,
                       [](std::uint64_t value, const Place& place) { return value < place.key; });
  if (after == places_.begin() || std::prev(after)->key != hash) return {};
  std::string line;
  std::array<char, 4096> piece{};
  std::uint64_t at = std::prev(after)->at;
  while (true) {
    const ssize_t n = ::pread(fd_, piece.data(), piece.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return {};
    const std::string_view more(piece.data(), static_cast<std::size_t>(n));
    const auto end = more.find('\n');
    line += more.substr(0, end);
    if (end != std::string_view::npos) break;
    at += static_cast<std::uint64_t>(n);
  }
  auto entry = parse_line(line);
  // Two keys may have the same hash.
  if (entry && entry->key != key) return {};
  return entry;
}

Result<void> Journal::begin(std::function<void(const Error&)> lost) {
  const std::string what = "cannot write the journal '" + file_.string() + "'";
  if (fd_ < 0) {
    fd_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd_ < 0) return write_failure(what, errno);
  }
  // What is torn off goes, so that what is added begins a line.
  if (::ftruncate(fd_, static_cast<off_t>(end_)) != 0 || ::lseek(fd_, 0, SEEK_END) < 0) {
    return write_failure(what, errno);
  }
  if (end_ == 0) {
    if (const int error = write_all(fd_, kHeading.data(), kHeading.size())) {
      return write_failure(what, error);
    }
    end_ = kHeading.size();
  }
  set_room_aside(0);
  lost_ = std::move(lost);
  return guarded([&]() -> Result<void> {
    keeper_ = std::thread([this] { keep(); });
    return {};
  });
}

void Journal::add(const JournalEntry& entry, Durability durability) {
  const std::string line = to_line(entry);
  const std::lock_guard lock(mutex_);
  if (waiting_.lines.empty()) changed_.notify_one();
  waiting_.lines += line;
  if (durability == Durability::batch) waiting_.after_sync = true;
  if (durability != Durability::none) waiting_.durable = true;
}

// Lines go to the file from time to time, the more seldom the longer a sync takes.
void Journal::keep() {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kOften(200);
  constexpr std::chrono::milliseconds kSeldom(5000);
  Clock::duration pause = kOften;
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return ends_ || !waiting_.lines.empty(); });
    if (waiting_.lines.empty()) return;
    changed_.wait_for(lock, pause, [&] { return ends_; });
    const Waiting waiting = std::exchange(waiting_, {});
    if (failed_) continue;
    lock.unlock();
    const auto begun = Clock::now();
    const auto kept = guarded([&] { return keep_lines(waiting); });
    pause = std::clamp<Clock::duration>(10 * (Clock::now() - begun), kOften, kSeldom);
    if (!kept) lost_(kept.error());
    lock.lock();
    if (!kept) failed_ = kept.error();
  }
}

Result<void> Journal::keep_lines(const Waiting& waiting) {
  if (waiting.after_sync) {
    if (auto synced = files_.sync(outputs_); !synced) return synced;
  }
  int error = write_all(fd_, waiting.lines.data(), waiting.lines.size());
  if (error == 0 && waiting.durable && ::fdatasync(fd_) != 0) error = errno;
  if (error != 0) return write_failure("cannot write the journal '" + file_.string() + "'", error);
  end_ += waiting.lines.size();
  set_room_aside(4 * waiting.lines.size());
  return {};
}

// Only a wish: not every file system can.
void Journal::set_room_aside(std::uint64_t bytes) {
  constexpr std::uint64_t kLeast = std::uint64_t{64} << 10;
  bytes = std::max(bytes, kLeast);
  if (room_ >= end_ + bytes / 2) return;
  if (::fallocate(fd_, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(end_), static_cast<off_t>(bytes)) ==
      0) {
    room_ = end_ + bytes;
  }
}

Result<void> Journal::finish() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
    changed_.notify_one();
  }
  if (keeper_.joinable()) keeper_.join();
  // Gives back what was set aside. Of no weight where it fails.
  if (room_ > 0 && ::ftruncate(fd_, static_cast<off_t>(end_)) != 0) room_ = end_;
  room_ = 0;
  if (failed_) return tl::make_unexpected(*failed_);
  return {};
}

}  // namespace imagemill
