// A profile, for a person.
#pragma once

#include <string>

#include "graphs/profile.h"

namespace imagemill::cli {

// Tables, and the verdict in words.
std::string profile_text(const Profile& profile);

}  // namespace imagemill::cli
