// Names of temporary files, which say whose they are. Internal to the engine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace imagemill {

// Another one each time: ".imagemill-HOST-PROCESS-BIRTH-NUMBER.tmp". HOST tells machines apart, and
// containers on one; BIRTH is when the process began, for its number will be another's one day.
// Thread-safe.
std::string temporary_name();

// Removes the temporary files below `folder`, links not followed, that processes of this host have
// left that are gone. Those of other hosts may be in use. Returns how many there were.
std::uint64_t remove_stale_temporaries(const std::filesystem::path& folder);

}  // namespace imagemill
