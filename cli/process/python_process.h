// The parts of this command that belong to Python's world.
#pragma once

#include <string>
#include <vector>

#include "cli/display/exit_status.h"

namespace imagemill::cli {

// Becomes the Python package of this name beside this command, with these arguments. Returns only
// where that fails, which it says on stderr.
Status become_python(const std::string& package, const std::vector<std::string>& arguments);

}  // namespace imagemill::cli
