// Journal entries, and their form as lines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/files/file_system.h"
#include "engine/node/item.h"

namespace imagemill {

// An output that was written, and the recipe that made it.
struct JournalOutput {
  std::string sink;  // name of the node
  Fingerprint
      recipe;        // the part of the graph that made it, for this item; default: a former output
  std::string path;  // below the output folder
  FileStamp stamp;   // size and modification time of the file
  Fingerprint content;
  friend bool operator==(const JournalOutput&, const JournalOutput&) = default;
};

// How an item ended.
struct JournalEntry {
  std::string key;
  Outcome outcome = Outcome::ok;  // ok, skipped (there was nothing to write) or failed
  std::uint64_t index = 0;        // place in the source's order
  FileStamp input;
  Fingerprint content;                 // of the input's bytes; default if they were not read
  Fingerprint graph;                   // of the whole graph
  std::vector<JournalOutput> outputs;  // all that were written, also if the item failed
  friend bool operator==(const JournalEntry&, const JournalEntry&) = default;
};

// The line of an entry: checksum, fields, newline. docs/files.md describes the format.
std::string to_line(const JournalEntry& entry);
// The entry of a line, given without its newline; nullopt if to_line() does not make such a line.
std::optional<JournalEntry> parse_line(std::string_view line);

// `key` as it stands in a line, with the separators of fields and lines escaped.
std::string escaped(std::string_view key);
// The inverse of escaped(); nullopt if escaped() does not make `text`.
std::optional<std::string> unescaped(std::string_view text);
// The escaped key of a line; nullopt if the checksum is wrong.
std::optional<std::string_view> escaped_key_of(std::string_view line);

}  // namespace imagemill
