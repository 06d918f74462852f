// Records and displays that are fed while a run goes on.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cli/display/first_failures.h"
#include "cli/display/progress.h"
#include "graphs/records/manifest.h"
#include "graphs/records/quarantine.h"
#include "graphs/records/run_records.h"

namespace imagemill::cli {

// Passes the events of a run to the progress display, the manifest, the lists of failures and
// losses, and the quarantine. Threads of an abandoned run may still call listed(), ignored() and
// ended() during finish() and after it.
class Recorder final : public RunObserver {
 public:
  // Paths of the records; empty for a record that is not wanted.
  struct Places {
    std::string manifest, failures, losses, stats, quarantine;
  };

  Recorder(ProgressStyle style, const RunWatch& run) : progress_(std::in_place, style, &run) {}

  // Creates the records (of the stats: checks the path). Fails if one of them cannot be written.
  Result<void> open(const Places& places, const RunOptions& run);

  void listed(std::uint64_t entries) override;
  void ignored(const std::string& key) override;
  void ended(const Item& item) override;

  // Whether the display shows the stages, so that the run must count for it.
  bool watches() const { return progress_->shows_stages(); }
  const std::map<std::string, std::uint64_t>& ignored_kinds() const { return kinds_; }

  // Completes all records; items that end from now on are left out. Errors of the records that
  // could not be written; the others are complete.
  std::vector<Error> finish();
  enum class Copies { ended, stuck };
  // Waits for the copies to the quarantine, unless `stop` is requested. Call once, after finish().
  Copies finish_copies(const std::stop_token& stop);
  // Prints the first failures on stderr. `all`: the file that lists all failures, or empty.
  void print_failures(const std::string& all) const;
  // Drops the records of a run that did not begin; those of earlier runs stay.
  void discard();

 private:
  std::mutex mutex_;
  bool is_finished_ = false;
  Places places_;
  std::optional<Progress> progress_;
  std::map<std::string, std::uint64_t> kinds_;  // number of ignored files, by extension
  std::optional<ManifestWriter> manifest_;
  std::optional<ItemLog> failures_;
  std::optional<ItemLog> losses_;
  std::unique_ptr<Quarantine> quarantine_;
  Quarantine::Receipt receipt_;
  FirstFailures first_failures_;
};

}  // namespace imagemill::cli
