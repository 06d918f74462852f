// Lists of paths, as `find` and `find -print0` write them.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "engine/files/file_system.h"

namespace imagemill {

// Reads a list of paths. Each path becomes an entry, with the path unchanged as its key.
//
// Lists are in UTF-8, with or without a byte order mark. One path stands on each line. If the first
// piece that holds a line break or a NUL holds a NUL, NULs separate the paths instead. A piece is
// 64 KiB, or what a pipe gives at once. Empty paths are dropped, and so is a carriage return at the
// end of a line.
//
// An error of `read` becomes the last entry, with `name` as its key. A list in UTF-16 or UTF-32
// gives one such entry (wrong_encoding). Holds 64 KiB and the current path.
std::unique_ptr<Cursor> list_of_paths(ReadSome read, std::string name);

// Reads standard input as it arrives; at its end, or once `stop` is requested, gives 0 bytes.
ReadSome standard_input(std::stop_token stop);

}  // namespace imagemill
