// A profile, for a person.
#pragma once

#include <string>

#include "cli/display/terminal.h"
#include "graphs/profile/profile.h"

namespace imagemill::cli {

// Tables, and the verdict in words. `columns` is the width that it may have: what is too wide
// leaves out its pictures.
std::string profile_text(const Profile& profile, int columns, Colour colour);

}  // namespace imagemill::cli
