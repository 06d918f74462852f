#include "graphs/session/scratch_run.h"

namespace imagemill {
namespace {

Result<ScratchRun> run_and_digest(Executor& executor, const Graph& graph, const RunOptions& options,
                                  RunObserver& observer) {
  auto run = executor.run(graph, options, observer);
  if (!run) return tl::make_unexpected(std::move(run.error()));
  if (run->ending != Ending::complete) {
    return failure("stopped", run->cause.empty() ? "the run was stopped" : run->cause);
  }
  auto outputs = digest_folder(*options.environment.files, options.environment.output,
                               available_cpus(), options.stop);
  if (!outputs) return tl::make_unexpected(std::move(outputs.error()));
  return ScratchRun{std::move(*run), std::move(*outputs)};
}

}  // namespace

Result<ScratchRun> run_into(const std::filesystem::path& folder, Executor& executor,
                            const Graph& graph, RunOptions options, RunObserver& observer) {
  // The folder is removed afterwards, so it must not hold anyone's files.
  std::error_code ignored;
  if (folder.is_relative() || std::filesystem::exists(folder, ignored)) {
    return failure("output_exists", "'" + folder.string() + "' is no folder to throw away");
  }
  options.environment.output = folder;
  options.on_error = OnError::skip;
  options.max_failures = {};
  auto ran = run_and_digest(executor, graph, options, observer);
  std::filesystem::remove_all(folder, ignored);
  return ran;
}

}  // namespace imagemill
