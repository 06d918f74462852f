// Messages about faults, on stderr.
#pragma once

#include <string>

#include "graphs/config/graph_spec.h"

namespace imagemill::cli {

// Prints "imagemill: MESSAGE" on stderr, control characters made visible.
void complain(const std::string& message);
enum class Gravity { fault, warning };
// Prints the findings about a config on stderr, one line each, with their places.
void complain(const Diagnostics& findings, Gravity gravity = Gravity::fault);

}  // namespace imagemill::cli
