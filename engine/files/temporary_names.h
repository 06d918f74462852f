// Names of temporary files, which say whose they are. Internal to the engine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>

namespace imagemill {

// "HOST-PROCESS-BIRTH" of this process, as below.
std::string process_name();
// Whether this is the name of a process of this host, which is gone. One of another host may be
// there.
bool is_gone(std::string_view process);

// Another one each time: ".imagemill-HOST-PROCESS-BIRTH-NUMBER.tmp", `mark` behind NUMBER. HOST
// tells machines apart, and containers on one; BIRTH is when the process began, for its number will
// be another's one day. Thread-safe.
std::string temporary_name(std::string_view mark = "");

// This process has one more, or one less: a file, or a folder. Thread-safe.
void note_temporary(const std::filesystem::path& path);
void forget_temporary(const std::filesystem::path& path);
// Removes those that it has, for a process that ends with threads still at work. Thread-safe.
void remove_own_temporaries();

struct Swept {
  std::uint64_t removed = 0;
  bool is_whole = true;  // false where a folder could not be listed, or a stop was requested
};
enum class Depth { all, one };  // whether folders in it are entered
// Removes the temporary files below `folder`, links not followed, that processes of this host have
// left that are gone, and those of `gone`, which may be of another host: others of other hosts may
// be in use. Folders that cannot be listed are passed over.
Swept remove_stale_temporaries(const std::filesystem::path& folder, const std::stop_token& stop,
                               std::string_view gone = {}, Depth depth = Depth::all);

}  // namespace imagemill
