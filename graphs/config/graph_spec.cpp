#include "graphs/config/graph_spec.h"

#include <algorithm>
#include <utility>

namespace imagemill {

std::string to_string(const Diagnostic& diagnostic) {
  const Location& at = diagnostic.location;
  std::string text = at.source;
  if (at.line > 0) text += ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
  return text + ": " + diagnostic.message;
}

void sort_by_place(Diagnostics& diagnostics) {
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return std::pair(a.location.line, a.location.column) <
                            std::pair(b.location.line, b.location.column);
                   });
}

void RunSettings::describe(NodeSchema<RunSettings>& s) {
  s.summary("How a graph is run.");
  s.param(
      "input", &RunSettings::input,
      "The folder that is read; or a file with a list of paths, '-' for such a list on standard "
      "input, or one image.");
  s.param("list", &RunSettings::list,
          "Of the input folder, the files that are read: a file with a list of paths below it.");
  s.param("output", &RunSettings::output,
          "The folder that is written; made if it is missing. Both are relative to the current "
          "folder.");
  s.param("workers", &RunSettings::workers,
          "CPU workers; auto is what affinity and the cgroup's quota allow.");
  s.param("memory", &RunSettings::memory,
          "Upper bound of the bytes in flight. An item that needs more than all of it runs alone.",
          "at least 1MiB", [](const ByteSize& size) { return size.bytes >= 1 << 20; });
  s.param("on_error", &RunSettings::on_error,
          "After a failed item: skip goes on, stop ends the run.");
  s.param("max_failures", &RunSettings::max_failures,
          "The run stops when more items than that have failed: a number, or a percentage of those "
          "that have ended (of 100 at least); any: it never does.");
  s.param("item_timeout", &RunSettings::item_timeout,
          "How long nodes may work on one image, its waits left out; then it fails (timeout), and "
          "one that is stuck in the system is given up. none: for ever.");
  s.param("quarantine", &RunSettings::quarantine,
          "A folder that receives a copy of each input that fails, and the reason beside it as "
          "NAME.failed.jsonl; new, empty, or of an earlier run, and neither in the input folder "
          "nor in that of the output, nor around them.");
  s.param("nested", &RunSettings::nested,
          "Whether the output folder may be the input folder, or lie in it: refuse or allow. What "
          "is in an output folder that lies in the input folder is not read.");
}

std::optional<FailureLimit> TextValue<FailureLimit>::parse(std::string_view text) {
  if (text == "any") return FailureLimit{};
  if (text.ends_with('%')) {
    const auto percent = TextValue<double>::parse(text.substr(0, text.size() - 1));
    if (!percent || *percent < 0 || *percent > 100) return {};
    return FailureLimit{.share = *percent / 100};
  }
  const auto count = TextValue<std::int64_t>::parse(text);
  if (!count || *count < 0) return {};
  return FailureLimit{.count = static_cast<std::uint64_t>(*count)};
}

std::string TextValue<FailureLimit>::format(const FailureLimit& limit) {
  if (limit.count) return std::to_string(*limit.count);
  return limit.share ? TextValue<double>::format(*limit.share * 100) + "%" : "any";
}

std::optional<Workers> TextValue<Workers>::parse(std::string_view text) {
  if (text == "auto") return Workers{};
  const auto count = TextValue<int>::parse(text);
  if (!count || *count < 1 || *count > 1024) return {};
  return Workers{*count};
}

std::string TextValue<Workers>::format(const Workers& workers) {
  return workers.count == 0 ? "auto" : std::to_string(workers.count);
}

}  // namespace imagemill
