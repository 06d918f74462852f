#include "graphs/study/verify.h"

#include "graphs/session/scratch_run.h"

namespace imagemill {

Result<Verification> verify(const Graph& graph, const RunOptions& options,
                            const std::filesystem::path& scratch, RunObserver& observer) {
  const auto serial =
      run_into(scratch / "serial", *make_serial_executor(), graph, options, observer);
  if (!serial) return tl::make_unexpected(serial.error());
  const auto parallel =
      run_into(scratch / "parallel", *make_flow_executor(), graph, options, observer);
  if (!parallel) return tl::make_unexpected(parallel.error());
  return Verification{.difference = compare(serial->outputs, parallel->outputs),
                      .outputs = serial->outputs.size(),
                      .serial = serial->run.report,
                      .parallel = parallel->run.report};
}

}  // namespace imagemill
