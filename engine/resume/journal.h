// The journal of an output folder: how every item of earlier runs ended, so that a later run can
// resume.
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

// A file of lines (journal_format.h) below a heading. Entries are added at the end; the last entry
// of a key counts. A torn or damaged line is ignored. begin() compacts the file if lines are
// damaged, or if most of them are superseded by later ones. Costs 16 bytes of memory for each line
// that is read, and one or two microseconds a line.
class Journal {
 public:
  enum class Earlier { read, dropped };

  // Reads the journal of earlier runs at `file`, unless `earlier` is dropped. No file changes
  // before begin(). The outputs must be on the file system of the folder that holds `file`. Fails
  // with interrupted once `stop` is requested.
  static Result<std::unique_ptr<Journal>> open(const std::filesystem::path& file, Earlier earlier,
                                               const FileSystem& files = FileSystem::real(),
                                               const std::stop_token& stop = {});
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // What is wrong with the file of earlier runs, for a person; empty if the file is sound.
  const std::string& complaint() const { return complaint_; }
  // Whether earlier runs have left a journal.
  bool exists() const { return end_ > 0; }

  // The last entry of earlier runs with this key; nullopt if there is none or it cannot be read.
  // Thread-safe.
  std::optional<JournalEntry> find(std::string_view key) const;

  // Takes over entries of other journals, for keys with `holds(key)`. Call before begin().
  //
  // Precedence of entries with the same key: `more`, then this journal, then `less`; within a list
  // the later file, within a file the later line. Outputs that only an overruled entry names become
  // former outputs. The file is replaced by one with all entries. On an error, a stop (interrupted)
  // included, it stays unchanged. A file that is no journal or may not be read is skipped.
  //
  // Costs some 0.2 µs for each line that is read and 2 µs for each that is taken. Memory: 16 bytes
  // for each line of the largest journal and of the result.
  using Holds = std::function<bool(std::string_view key)>;
  Result<void> take_over(const std::vector<std::filesystem::path>& less,
                         const std::vector<std::filesystem::path>& more, const Holds& holds,
                         const std::stop_token& stop);

  // Opens the journal for add(). If entries can no longer be written, `lost` is called, once and
  // from another thread; it does not throw. A `stop` only prevents compaction.
  Result<void> begin(std::function<void(const Error&)> lost, const std::stop_token& stop = {});
  // Adds an entry, which is written some 0.2 s later, or up to 5 s if syncs are slow. After a crash
  // in between, the item is done again. With Durability::batch, the outputs are synced before the
  // entry is written. Thread-safe. Room is set aside, so that entries of written outputs still fit
  // on a full disk.
  void add(const JournalEntry& entry, Durability durability);
  // Waits until all added entries are written, as durably as requested. Returns the error that
  // `lost` got, if any.
  Result<void> flush();
  // What happens to entries that are still waiting. `kept`: all are written. `kept_if_quick`: those
  // that need a sync are dropped if the last write took more than a second; their items will be
  // done again.
  enum class Last { kept, kept_if_quick };
  // Writes the waiting entries and ends the journal's thread. Returns the error that `lost` got, if
  // any; so does a second call.
  Result<void> finish(Last last = Last::kept);

 private:
  // Place of the last entry of a key: hash of the key, and offset of the line in the file.
  struct Place {
    std::uint64_t key;
    std::uint64_t at;
  };
  Journal(std::filesystem::path file, const FileSystem& files)
      : file_(std::move(file)), files_(files) {}

  static constexpr std::string_view kHeading = "# imagemill-journal 1\n";
  static constexpr std::size_t kPiece = std::size_t{1} << 20;  // bytes read or written at once
  class Successor;
  // The line at offset `at`, without its newline; nullopt if it cannot be read.
  static std::optional<std::string> line_of(int fd, std::uint64_t at);
  // Reads the places of keys with `holds(key)`, or of all keys if `holds` is null.
  Result<void> read(const Holds& holds, const std::stop_token& stop);
  void keep_last_places();
  void compact(const std::stop_token& stop);
  void keep();
  void fail(const Error& error);
  void end(Last last) noexcept;
  struct Waiting {
    std::string lines;
    bool after_sync = false;  // the outputs must be synced before the lines are written
    bool durable = false;     // the lines must be synced too
  };
  Result<void> keep_lines(const Waiting& waiting);
  void set_room_aside(std::uint64_t bytes);

  const std::filesystem::path file_;
  const FileSystem& files_;
  std::string complaint_;
  std::vector<Place> places_;     // sorted by key
  std::uint64_t damaged_ = 0;     // damaged lines
  std::uint64_t superseded_ = 0;  // lines with a later line of the same key
  std::uint64_t end_ = 0;         // end of the last whole line; 0: the file has to be begun anew
  Descriptor fd_;
  std::uint64_t room_ = 0;  // end of the allocated room; used by the keeper thread

  Result<std::unique_ptr<Disk>> disk_;
  std::function<void(const Error&)> lost_;
  Mutex mutex_;
  std::condition_variable changed_;  // wakes the keeper thread
  std::condition_variable kept_;     // the keeper thread has written, or failed
  Waiting waiting_ IMAGEMILL_GUARDED_BY(mutex_);
  bool is_keeping_ IMAGEMILL_GUARDED_BY(mutex_) = false;  // the keeper thread is writing
  bool flushes_ IMAGEMILL_GUARDED_BY(mutex_) = false;
  bool ends_ IMAGEMILL_GUARDED_BY(mutex_) = false;
  Last last_ IMAGEMILL_GUARDED_BY(mutex_) = Last::kept;
  std::optional<Error> failed_ IMAGEMILL_GUARDED_BY(mutex_);
  std::jthread keeper_;
};

}  // namespace imagemill
