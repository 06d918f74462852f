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
          "A file that lists the paths to read below the input folder.");
  s.param("output", &RunSettings::output,
          "The folder that is written; made if it is missing. Input and output are relative to "
          "the current folder.");
  s.param("workers", &RunSettings::workers,
          "CPU workers; auto is what affinity and the cgroup's quota allow.");
  s.param("memory", &RunSettings::memory,
          "Upper bound of the bytes in flight. An item that needs more than all of it runs alone.",
          "at least 1MiB", [](const ByteSize& size) { return size.bytes >= 1 << 20; });
  s.param("on_error", &RunSettings::on_error,
          "After a failed item: skip goes on, stop ends the run.");
  s.param("max_failures", &RunSettings::max_failures,
          "The run stops when more items than this have failed: a number, or a percentage of "
          "the ended items, counted as at least 100. any: no limit.");
  s.param("item_timeout", &RunSettings::item_timeout,
          "Time that nodes may work on one image, without its waits. After that the image "
          "fails (timeout); one that is stuck in the system is given up. none: no limit.");
  s.param("quarantine", &RunSettings::quarantine,
          "A folder that receives a copy of each input that fails, and the reason beside it as "
          "NAME.failed.jsonl. It must be new, empty or the quarantine of an earlier run. It "
          "must not lie in the input or output folder, nor contain either.");
  s.param("nested", &RunSettings::nested,
          "Whether the output folder may be the input folder, or lie in it: refuse or allow. "
          "An output folder that lies in the input folder is not read.");
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
