#include "graphs/session/output_hold.h"

#include <filesystem>
#include <utility>

#include "graphs/shards/job_history.h"

namespace imagemill {

Journal::Earlier earlier_of(Redo redo) {
  return redo == Redo::everything ? Journal::Earlier::dropped : Journal::Earlier::read;
}

Result<OutputHold> OutputHold::take(const LoadedGraph& loaded, const RunOptions& options) {
  const std::filesystem::path& output = options.environment.output;
  const Redo redo = options.resume.redo;
  auto lock = OutputLock::take(
      output, redo == Redo::everything ? OutputLock::Look::after_death : OutputLock::Look::always,
      options.stop);
  if (!lock) return tl::make_unexpected(std::move(lock.error()));
  const std::filesystem::path file = journal_of(output, loaded.spec.name);
  auto journal = Journal::open(file, earlier_of(redo), *options.environment.files, options.stop);
  if (!journal) return tl::make_unexpected(std::move(journal.error()));
  const bool is_refused = redo == Redo::failed && !(*journal)->complaint().empty();
  if (redo != Redo::everything && !is_refused) {
    const JobHistory others(output, loaded.spec.name);
    auto taken = others.take_over(**journal, file, Shard(), options.stop);
    if (!taken) return tl::make_unexpected(std::move(taken.error()));
  }
  return OutputHold(std::move(*lock), std::move(*journal));
}

}  // namespace imagemill
