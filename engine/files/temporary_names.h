// Names of temporary files, which identify the process that made each file. Internal to the engine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>

namespace imagemill {

// "HOST-PROCESS-BIRTH" of this process; temporary_name() explains the parts.
std::string process_name();
// True if `process` names a dead process of this host. False for other hosts, whose processes may
// be alive.
bool is_gone(std::string_view process);

// A new name at each call: ".imagemill-HOST-PROCESS-BIRTH-NUMBER.tmp", with `mark` after NUMBER.
// HOST tells machines apart, and containers on one machine. BIRTH is the start time of the process,
// since process ids are reused. Thread-safe.
std::string temporary_name(std::string_view mark = "");

// Adds a file or folder to the temporaries of this process. Thread-safe.
void note_temporary(const std::filesystem::path& path);
// Drops a file or folder from the temporaries of this process. Thread-safe.
void forget_temporary(const std::filesystem::path& path);
// Removes the temporaries of this process, for a process that ends while its threads still work.
// Thread-safe.
void remove_own_temporaries();

// What a removal of temporary files has done.
struct Swept {
  std::uint64_t removed = 0;
  bool is_whole = true;  // false if a folder could not be listed, or a stop was requested
};
enum class Depth { all, one };  // whether inner folders are entered
// Removes the temporary files below `folder` that dead processes of this host have left, and those
// of the process `gone`, whose host may be another. Links are not followed. Other files of other
// hosts stay, since they may be in use. Folders that cannot be listed are skipped.
Swept remove_stale_temporaries(const std::filesystem::path& folder, const std::stop_token& stop,
                               std::string_view gone = {}, Depth depth = Depth::all);

}  // namespace imagemill
