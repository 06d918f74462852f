#include "graphs/session/run_settings.h"

#include <utility>

namespace imagemill {

RunOptions run_options(const RunSettings& settings, std::stop_token stop) {
  RunOptions options;
  options.environment.input = settings.input;
  options.environment.list = settings.list;
  options.environment.output = settings.output;
  options.environment.nesting = settings.nested;
  options.workers = settings.workers.count;
  options.memory_bytes = options.environment.memory_bytes = settings.memory.bytes;
  options.on_error = settings.on_error;
  options.max_failures = settings.max_failures;
  options.item_timeout_ns = settings.item_timeout.ns;
  options.stop = std::move(stop);
  return options;
}

}  // namespace imagemill
