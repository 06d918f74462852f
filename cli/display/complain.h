// What is wrong, for a person.
#pragma once

#include <string>

#include "graphs/config/graph_spec.h"

namespace imagemill::cli {

// "imagemill: …" on stderr.
void complain(const std::string& message);
// What is wrong with a config, or may be, each on a line of stderr.
enum class Gravity { fault, warning };
void complain(const Diagnostics& findings, Gravity gravity = Gravity::fault);

}  // namespace imagemill::cli
