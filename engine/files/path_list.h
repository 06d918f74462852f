// Lists of paths, as `find` and `find -print0` write them.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "engine/files/file_system.h"

namespace imagemill {

// One path a line, in UTF-8 with or without its byte order mark; or between NULs, where the first
// piece of the list (64 KiB, or what a pipe gives at once) that has either has a NUL. Empty ones
// are left out, and so is a carriage return at the end of a line. Each is an entry's key as it is
// written. An error of `read` is the last entry, under the list's `name`; a list in UTF-16 or
// UTF-32 is one such entry (wrong_encoding). Holds 64 KiB and the path at hand.
std::unique_ptr<Cursor> list_of_paths(ReadSome read, std::string name);

// Reads what comes on standard input as it comes; ends when `stop` is requested.
ReadSome standard_input(std::stop_token stop);

}  // namespace imagemill
