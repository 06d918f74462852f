// Compaction of a journal, and the merge with other journals: both write a new file in its place.
#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/files/atomic_file.h"
#include "engine/resume/journal.h"

namespace imagemill {
namespace {

namespace fs = std::filesystem;

// Gives the file `to` the owner and permissions of `from`, as far as this user may.
void take_owner(int from, int to) {
  struct stat status {};
  if (::fstat(from, &status) != 0) return;
  ::fchmod(to, status.st_mode & 0777);
  [[maybe_unused]] const int given = ::fchown(to, status.st_uid, status.st_gid);
}

// `line`, which replaces the line `earlier` of the same key. Outputs that only `earlier` names are
// added as former outputs, until their files are gone.
std::string with_former(const std::string& line, const std::string& earlier) {
  auto now = parse_line(line);
  const auto before = parse_line(earlier);
  if (!now || !before || now->key != before->key) return line;
  const std::size_t own = now->outputs.size();
  for (JournalOutput output : before->outputs) {
    const auto end = now->outputs.begin() + static_cast<std::ptrdiff_t>(own);
    const bool is_there = std::any_of(now->outputs.begin(), end, [&](const JournalOutput& other) {
      return other.path == output.path;
    });
    if (is_there) continue;
    output.recipe = {};
    now->outputs.push_back(std::move(output));
  }
  std::string text = to_line(*now);
  text.pop_back();
  return text;
}

}  // namespace

// A new file with the last lines of one or more journals. It replaces a journal's file once it is
// complete.
class Journal::Successor {
 public:
  explicit Successor(const Journal& journal)
      : file_(journal.file_),
        made_(AtomicFile::make(file_.parent_path())),
        failed_(made_ ? 0 : made_.error()) {
    if (made_ && journal.fd_.is_open()) take_owner(journal.fd_.get(), fd());
  }

  // Adds the lines of `journal`, which take precedence over those added before. Returns false if
  // that changed no line.
  Result<bool> add_lines_of(const Journal& journal, const std::stop_token& stop) {
    std::vector<Place> from = journal.places_;
    std::sort(from.begin(), from.end(), [](const Place& a, const Place& b) { return a.at < b.at; });
    std::vector<Place> added;
    bool any = false;
    if (failed_ != 0) return unwritten();
    for (const Place& place : from) {
      if (stop.stop_requested()) return failure("interrupted", "stopped while it read journals");
      auto line = line_of(journal.fd_.get(), place.at);
      if (!line) return failure("io_error", "cannot read '" + journal.file_.string() + "'");
      const auto known = std::lower_bound(places_.begin(), places_.end(), place, by_key);
      if (known == places_.end() || known->key != place.key) {
        added.push_back({place.key, add(*line)});
        any = true;
        continue;
      }
      if (known->at >= written_) write();
      if (failed_ != 0) return unwritten();
      const auto earlier = line_of(fd(), known->at);
      if (!earlier) return failure("io_error", "cannot read '" + file_.string() + "'");
      if (*earlier == *line) continue;
      known->at = add(with_former(*line, *earlier));
      ++superseded_;
      any = true;
    }
    std::sort(added.begin(), added.end(), by_key);
    const auto known = static_cast<std::ptrdiff_t>(places_.size());
    places_.insert(places_.end(), added.begin(), added.end());
    std::inplace_merge(places_.begin(), places_.begin() + known, places_.end(), by_key);
    return any;
  }

  // Replaces the file of `journal`, and updates its members.
  Result<void> take_place(Journal& journal) {
    write();
    if (failed_ == 0 && ::fdatasync(fd()) != 0) failed_ = errno;
    if (failed_ == 0) failed_ = made_->rename_to(file_.filename());
    if (failed_ != 0) return unwritten();
    // A failure is ignored: after a power cut the old file may be back, which does no harm.
    const Descriptor folder(
        ::open(file_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.is_open()) ::fsync(folder.get());
    journal.fd_ = made_->release();
    journal.places_ = std::move(places_);
    journal.damaged_ = 0;
    journal.superseded_ = superseded_;
    journal.end_ = written_;
    return {};
  }

 private:
  tl::unexpected<Error> unwritten() const {
    return write_failure("cannot write the journal '" + file_.string() + "'", failed_);
  }
  int fd() const { return made_ ? made_->fd() : -1; }
  static bool by_key(const Place& a, const Place& b) { return a.key < b.key; }

  // Adds a line. Returns its offset in the file.
  std::uint64_t add(const std::string& line) {
    const std::uint64_t at = written_ + text_.size();
    (text_ += line) += '\n';
    if (text_.size() >= kPiece) write();
    return at;
  }

  void write() {
    if (failed_ == 0) failed_ = made_->write(text_.data(), text_.size());
    written_ += text_.size();
    text_.clear();
  }

  fs::path file_;
  tl::expected<AtomicFile, int> made_;
  int failed_;  // an errno
  std::string text_{kHeading};
  std::uint64_t written_ = 0;
  std::vector<Place> places_;  // by key
  std::uint64_t superseded_ = 0;
};

Result<void> Journal::take_over(const std::vector<fs::path>& less,
                                const std::vector<fs::path>& more, const Holds& holds,
                                const std::stop_token& stop) {
  Successor successor(*this);
  bool any = false;
  const auto add = [&](const std::vector<fs::path>& others) -> Result<void> {
    for (const fs::path& file : others) {
      Journal other(file, files_);
      auto read = other.read(holds, stop);
      if (!read && read.error().code == "permission_denied") continue;
      if (!read) return read;
      if (other.damaged_ > 0 && complaint_.empty()) complaint_ = other.complaint_;
      const auto added = successor.add_lines_of(other, stop);
      if (!added) return tl::make_unexpected(added.error());
      any = any || *added;
    }
    return {};
  };
  if (auto added = add(less); !added) return added;
  if (auto own = successor.add_lines_of(*this, stop); !own) return tl::make_unexpected(own.error());
  if (auto added = add(more); !added) return added;
  return any ? successor.take_place(*this) : Result<void>();
}

// Removes damaged and superseded lines. A failure is ignored, since the old file works as well.
void Journal::compact(const std::stop_token& stop) {
  constexpr std::uint64_t kOfNoWeight = 1000;
  if (damaged_ == 0 && superseded_ <= places_.size() + kOfNoWeight) return;
  Successor successor(*this);
  if (!successor.add_lines_of(*this, stop)) return;
  [[maybe_unused]] const auto replaced = successor.take_place(*this);
}

}  // namespace imagemill
