// JSON of a profile.
#pragma once

#include <string>

#include "graphs/profile/profile.h"

namespace imagemill {

// Name of an idle cause in files.
const char* name_of(Idle cause);

// Whole profile as JSON, "schema": "imagemill-profile 1".
std::string profile_json(const Profile& profile);

}  // namespace imagemill
