// A profile, for programs.
#pragma once

#include <string>

#include "graphs/profile/profile.h"

namespace imagemill {

// As it stands in files.
const char* name_of(Idle cause);

// All of it as JSON, "schema": "imagemill-profile 1".
std::string profile_json(const Profile& profile);

}  // namespace imagemill
