// What a source has, one entry after the other: never all of it in memory, unless it must be
// sorted.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"

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

// The same one after the other, collected when the first is asked for; none once `stop` is
// requested meanwhile.
std::unique_ptr<Cursor> sorted(std::unique_ptr<Cursor> all, std::stop_token stop);

}  // namespace imagemill
