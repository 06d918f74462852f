// Writer of the records of a run: manifest, failures, losses, quarantine.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/run/executor.h"
#include "graphs/records/manifest.h"
#include "graphs/records/quarantine.h"
#include "graphs/records/run_records.h"

namespace imagemill {

// Paths of the records of a run; empty for a record that is not wanted.
struct RecordFiles {
  std::string manifest = {};  // SHA-256 of every output
  std::string failures = {};  // every failed item and its cause, JSON Lines
  std::string losses = {};    // what outputs lack of their inputs, JSON Lines
  std::string stats = {};     // what was measured, JSON
};

// Writes what a run tells, and passes it on to `observer`. Threads of an abandoned run may still
// call listed(), ignored() and ended() during finish() and after it: these calls are dropped.
class RecordsWriter final : public RunObserver {
 public:
  explicit RecordsWriter(RunObserver& observer) : observer_(observer) {}

  // Creates the records (of the stats: checks the path) and the folder `quarantine`, unless it is
  // empty. Fails if one of them cannot be written.
  Result<void> open(const RecordFiles& files, const std::string& quarantine, const RunOptions& run);

  void listed(std::uint64_t entries) override;
  void ignored(const std::string& key) override;
  void ended(const Item& item) override;

  // Number of ignored files, by extension. Of a hundred extensions and more, only the first.
  const std::map<std::string, std::uint64_t>& ignored_kinds() const { return kinds_; }

  // Completes all records. Returns the errors of those that could not be written; the others are
  // complete.
  std::vector<Error> finish();
  // Waits for the copies to the quarantine, unless `stop` is requested. Call once, after finish().
  Quarantine::Receipt finish_copies(const std::stop_token& stop);
  // Drops the records of a run that did not begin; those of earlier runs stay.
  void discard();

 private:
  RunObserver& observer_;
  std::mutex mutex_;
  bool is_finished_ = false;
  std::map<std::string, std::uint64_t> kinds_;
  std::optional<ManifestWriter> manifest_;
  std::optional<ItemLog> failures_;
  std::optional<ItemLog> losses_;
  std::unique_ptr<Quarantine> quarantine_;
};

}  // namespace imagemill
