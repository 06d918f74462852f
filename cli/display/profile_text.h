// Text of a profile, for a terminal.
#pragma once

#include <string>

#include "cli/display/terminal.h"
#include "graphs/profile/profile.h"

namespace imagemill::cli {

// Tables, and the verdict in words. `columns`: width of the terminal. A stage table that is wider
// leaves out its bar charts.
std::string profile_text(const Profile& profile, int columns, Colour colour);

}  // namespace imagemill::cli
