// What a journal says of an item, as a line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/files/file_system.h"
#include "engine/node/item.h"

namespace imagemill {

// Of an output that was written, and what it was made by.
struct JournalOutput {
  std::string sink;    // the node
  Fingerprint recipe;  // of the part of the graph that made it, for this item
  std::string path;    // below the output folder
  FileStamp stamp;     // of the file
  Fingerprint content;
  friend bool operator==(const JournalOutput&, const JournalOutput&) = default;
};

// How an item ended.
struct JournalEntry {
  std::string key;
  Outcome outcome = Outcome::ok;  // ok, skipped (there was nothing to write) or failed
  std::uint64_t index = 0;        // in the source's order
  FileStamp input;
  Fingerprint content;                 // of the input; none where it was not read
  Fingerprint graph;                   // of all of the graph
  std::vector<JournalOutput> outputs;  // of a failed item, those that were written
  friend bool operator==(const JournalEntry&, const JournalEntry&) = default;
};

// A line, with a checksum in front and its newline; docs/files.md describes it.
std::string to_line(const JournalEntry& entry);
// Nothing where it is not what to_line() makes. `line` has no newline.
std::optional<JournalEntry> parse_line(std::string_view line);

// As it stands in a line: without what separates fields and lines.
std::string escaped(std::string_view key);
// As it was; nothing where it is not what escaped() makes.
std::optional<std::string> unescaped(std::string_view text);
// The key of a line, escaped, where the checksum is right.
std::optional<std::string_view> escaped_key_of(std::string_view line);

}  // namespace imagemill
