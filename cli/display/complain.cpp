#include "cli/display/complain.h"

#include "cli/display/terminal.h"

namespace imagemill::cli {

void complain(const std::string& message) { print_error("imagemill: {}\n", printable(message)); }

void complain(const Diagnostics& findings, Gravity gravity) {
  for (const auto& [location, message] : findings) {
    const std::string prefix = gravity == Gravity::warning ? "warning: " : "";
    print_error("{}\n", printable(to_string({location, prefix + message})));
  }
}

}  // namespace imagemill::cli
