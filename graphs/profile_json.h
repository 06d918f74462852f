// A profile, for programs.
#pragma once

#include <string>

#include "graphs/profile.h"

namespace imagemill {

// All of it as JSON, "schema": "imagemill-profile 1".
std::string profile_json(const Profile& profile);

}  // namespace imagemill
