#include "graphs/verify.h"

namespace imagemill {
namespace {

// Runs into a folder of its own and says what is there afterwards: what was written, not what was
// said to be.
Result<FileDigests> run_into(const std::filesystem::path& folder, Executor& executor,
                             const Graph& graph, RunOptions options, RunObserver& observer,
                             RunReport& report) {
  options.environment.output = folder;
  options.on_error = OnError::skip;  // where a run stops depends on the schedule
  auto run = executor.run(graph, options, observer);
  if (!run) return tl::make_unexpected(std::move(run.error()));
  if (run->ending != Ending::complete) {
    return failure("stopped", run->cause.empty() ? "the run was stopped" : run->cause);
  }
  report = std::move(run->report);
  auto digests = digest_folder(folder, available_cpus());
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return digests;
}

}  // namespace

Result<Verification> verify(const Graph& graph, const RunOptions& options,
                            const std::filesystem::path& scratch, RunObserver& observer) {
  Verification result;
  const auto serial = run_into(scratch / "serial", *make_serial_executor(), graph, options,
                               observer, result.serial);
  if (!serial) return tl::make_unexpected(serial.error());
  const auto parallel = run_into(scratch / "parallel", *make_flow_executor(), graph, options,
                                 observer, result.parallel);
  if (!parallel) return tl::make_unexpected(parallel.error());
  result.difference = compare(*serial, *parallel);
  result.outputs = serial->size();
  return result;
}

}  // namespace imagemill
