// What runs over an output folder have done, item by item: what a later run goes on from.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/base/mutex.h"
#include "engine/files/file_system.h"
#include "engine/files/posix.h"
#include "engine/resume/journal_format.h"

namespace imagemill {

// A file of lines (journal_line.h) below a heading. Entries are added at its end, the last one of a
// key counts; a line that is torn or damaged is as if it were not there, and goes when entries are
// added again, as those do that later ones have replaced, where they are the most. Costs 16 bytes
// of memory a line that was read, and a microsecond or two a line.
class Journal {
 public:
  enum class Earlier { read, dropped };

  // Reads what earlier runs have left at `file`, unless that is to be dropped. Nothing is changed
  // until begin(). The outputs are on the file system of the folder that `file` is in. Ends early
  // once `stop` is requested (interrupted).
  static Result<std::unique_ptr<Journal>> open(const std::filesystem::path& file, Earlier earlier,
                                               const FileSystem& files = FileSystem::real(),
                                               const std::stop_token& stop = {});
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // What is wrong with what earlier runs have left, for a person; empty if nothing is.
  const std::string& complaint() const { return complaint_; }
  // Whether earlier runs have left any.
  bool exists() const { return end_ > 0; }

  // What earlier runs have said of an item. Thread-safe.
  std::optional<JournalEntry> find(std::string_view key) const;

  // Before begin(): takes over what other journals say of keys that `holds`. Of each key the last
  // word counts: of `more`, or else of this one, or else of `less`, of each the last one; outputs
  // that only others speak of are former ones. Its file is replaced by one of all; where it fails,
  // also because of a stop (interrupted), it is as it was. What is no journal, or may not be read,
  // is passed over. Costs some 0.2 µs a line that is read, 2 µs one that is taken, and 16 bytes of
  // memory for each of the largest and of the outcome.
  using Holds = std::function<bool(std::string_view key)>;
  Result<void> take_over(const std::vector<std::filesystem::path>& less,
                         const std::vector<std::filesystem::path>& more, const Holds& holds,
                         const std::stop_token& stop);

  // From now on entries can be added. `lost` is called, once and from another thread, where they
  // can no longer be kept, and does not throw. A stop only keeps it from tidying up.
  Result<void> begin(std::function<void(const Error&)> lost, const std::stop_token& stop = {});
  // Takes effect some 0.2 s later, where syncs take long up to 5 s: after a crash without it the
  // item is done again. Where any output is to be synced in a batch, not before that has been done.
  // Thread-safe. On a disk that is full there is still room for what was written on it.
  void add(const JournalEntry& entry, Durability durability);
  // Waits until all that was added is kept, as durably as it was asked for. What `lost` was told,
  // if it was.
  Result<void> flush();
  // Of what was not yet kept: all of it, or, where syncs have taken more than a second, nothing,
  // so that it will be done again.
  enum class Last { kept, kept_if_quick };
  // The same, for good. Again, it says the same.
  Result<void> finish(Last last = Last::kept);

 private:
  // Where the last entry of a key begins, by a hash of the key.
  struct Place {
    std::uint64_t key;
    std::uint64_t at;
  };
  Journal(std::filesystem::path file, const FileSystem& files)
      : file_(std::move(file)), files_(files) {}

  static constexpr std::string_view kHeading = "# imagemill-journal 1\n";
  static constexpr std::size_t kPiece = std::size_t{1} << 20;  // of a file, at once
  class Successor;
  // Nothing where it cannot be read, or there is none.
  static std::optional<std::string> line_of(int fd, std::uint64_t at);
  // Of keys that `holds`, or of all.
  Result<void> read(const Holds& holds, const std::stop_token& stop);
  void keep_last_places();
  void compact(const std::stop_token& stop);
  void keep();
  void fail(const Error& error);
  void end(Last last) noexcept;
  struct Waiting {
    std::string lines;
    bool after_sync = false;  // of the outputs that they are of
    bool durable = false;     // whether they are to be on the disk themselves
  };
  Result<void> keep_lines(const Waiting& waiting);
  void set_room_aside(std::uint64_t bytes);

  const std::filesystem::path file_;
  const FileSystem& files_;
  std::string complaint_;
  std::vector<Place> places_;     // by key
  std::uint64_t damaged_ = 0;     // lines
  std::uint64_t superseded_ = 0;  // by later ones of their keys
  std::uint64_t end_ = 0;         // of the last whole line; 0: the file is to be begun anew
  Descriptor fd_;
  std::uint64_t room_ = 0;  // the keeper's: up to where the disk has set room aside

  Result<std::unique_ptr<Disk>> disk_;
  std::function<void(const Error&)> lost_;
  Mutex mutex_;
  std::condition_variable changed_;  // for the keeper …
  std::condition_variable kept_;     // … and from it
  Waiting waiting_ IMAGEMILL_GUARDED_BY(mutex_);
  bool is_keeping_ IMAGEMILL_GUARDED_BY(mutex_) = false;  // what was waiting
  bool flushes_ IMAGEMILL_GUARDED_BY(mutex_) = false;
  bool ends_ IMAGEMILL_GUARDED_BY(mutex_) = false;
  Last last_ IMAGEMILL_GUARDED_BY(mutex_) = Last::kept;
  std::optional<Error> failed_ IMAGEMILL_GUARDED_BY(mutex_);
  std::jthread keeper_;
};

}  // namespace imagemill
