// Lists the entries of a source one by one. Never holds all of them in memory, unless they must be
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

// A file that may be an item; or an error that hides further files, such as a folder that cannot be
// listed.
struct Entry {
  std::string key;  // relative to the root, '/' between folders
  std::optional<Error> error = {};
};

// Goes through entries once. Not thread-safe.
class Cursor {
 public:
  virtual ~Cursor() = default;
  // The next entry; nullopt at the end. May wait for a disk, or for the writer of a list.
  virtual std::optional<Entry> next() = 0;
};

// Goes through `entries` in their order.
std::unique_ptr<Cursor> cursor_of(std::vector<Entry> entries);

// All entries that are left in `cursor`: first those without an error, sorted bytewise, then those
// with one.
std::vector<Entry> sorted(Cursor& cursor);

// A cursor over sorted(all). It collects the entries at the first next(); if `stop` is requested
// meanwhile, it is empty.
std::unique_ptr<Cursor> sorted(std::unique_ptr<Cursor> all, std::stop_token stop);

}  // namespace imagemill
