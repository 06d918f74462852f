// What a source has, one entry after the other: never all of it in memory, unless it must be
// sorted.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/result.h"

namespace imagemill {

// A file that may be an item; or, with an error, what stands in the way of more of them (a folder
// that can't be listed).
struct Entry {
  std::string key;  // relative to the root, '/' between folders
  std::optional<Error> error = {};
};

// Not thread-safe.
class Cursor {
 public:
  virtual ~Cursor() = default;
  // Nothing at the end. May wait for a disk, or for whoever writes the list.
  virtual std::optional<Entry> next() = 0;
};

std::unique_ptr<Cursor> cursor_of(std::vector<Entry> entries);

// All that is left of a cursor: first what is readable, sorted bytewise, then the rest.
std::vector<Entry> sorted(Cursor& cursor);

}  // namespace imagemill
