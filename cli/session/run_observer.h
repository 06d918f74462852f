// What a run leaves while it goes on, beside its outputs.
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

// Passes on what the engine says: to the progress display, the manifest, the lists of failures
// and losses, the quarantine. Of a run that is given up, calls still come from its threads while it
// is finished.
class Recorder final : public RunObserver {
 public:
  // Paths; empty where there is to be none.
  struct Places {
    std::string manifest, failures, losses, stats, quarantine;
  };

  Recorder(ProgressStyle style, const RunWatch& run) : progress_(std::in_place, style, &run) {}

  // Finds out whether all of them can be written.
  Result<void> open(const Places& places, const RunOptions& run);

  void listed(std::uint64_t entries) override;
  void ignored(const std::string& key) override;
  void ended(const Item& item) override;

  // Whether somebody looks at what the stages do.
  bool watches() const { return progress_->shows_stages(); }
  const std::map<std::string, std::uint64_t>& ignored_kinds() const { return kinds_; }

  // What ends from now on is left out.
  Result<void> finish();
  // Call once, after that. Waits for copies in the quarantine, unless `stop` is requested.
  enum class Copies { ended, stuck };
  Copies finish_copies(const std::stop_token& stop);
  // On stderr: the first failures, and in which file all are, if any.
  void print_failures(const std::string& all) const;
  // Of a run that did not begin: what earlier runs have recorded stays.
  void discard();

 private:
  std::mutex mutex_;
  bool is_finished_ = false;
  Places places_;
  std::optional<Progress> progress_;
  std::map<std::string, std::uint64_t> kinds_;  // of ignored files, by extension
  std::optional<ManifestWriter> manifest_;
  std::optional<ItemLog> failures_;
  std::optional<ItemLog> losses_;
  std::unique_ptr<Quarantine> quarantine_;
  Quarantine::Receipt receipt_;
  FirstFailures first_failures_;
};

}  // namespace imagemill::cli
