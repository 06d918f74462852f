// Subcommands that are written in Python.
#pragma once

#include <string>
#include <vector>

#include "cli/display/exit_status.h"

namespace imagemill::cli {

// Replaces this process (execv) by `python3 -m PACKAGE ARGUMENTS`, with the package that is
// installed beside this command. Returns only on failure, after printing why on stderr.
Status become_python(const std::string& package, const std::vector<std::string>& arguments);

}  // namespace imagemill::cli
