// Hold of a whole run on its output folder: the lock, and the journal of the graph.
#pragma once

#include <memory>

#include "engine/files/output_lock.h"
#include "engine/resume/journal.h"
#include "engine/run/run_options.h"
#include "graphs/config/load_graph.h"

namespace imagemill {

// What becomes of an earlier run's journal when a run that does `redo` opens it.
Journal::Earlier earlier_of(Redo redo);

// The lock and the journal, until destruction. Movable.
class OutputHold {
 public:
  // Locks `options.environment.output`, and opens the journal that `options.resume.redo` needs. If
  // the run resumes, the journal also takes over the work of other runs and jobs of the graph.
  // Fails as OutputLock::take(), Journal::open() and JobHistory::take_over() do.
  static Result<OutputHold> take(const LoadedGraph& loaded, const RunOptions& options);

  Journal& journal() const { return *journal_; }

 private:
  OutputHold(OutputLock lock, std::unique_ptr<Journal> journal)
      : lock_(std::move(lock)), journal_(std::move(journal)) {}

  OutputLock lock_;
  std::unique_ptr<Journal> journal_;
};

}  // namespace imagemill
