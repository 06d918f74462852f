#include "cli/flags/summary_flag.h"

#include <array>

#include "cli/flags/run_flags.h"

template <>
struct imagemill::EnumNames<imagemill::cli::SummaryKind> {
  using Kind = imagemill::cli::SummaryKind;
  static constexpr std::array<std::pair<std::string_view, Kind>, 2> values = {
      {{"text", Kind::text}, {"json", Kind::json}}};
};

namespace imagemill::cli {

void add_summary(Command& command, SummaryKind& kind) {
  add_value(command, "--summary", kind,
            "Summary printed at the end: text, or json (one line, for programs)");
}

}  // namespace imagemill::cli
