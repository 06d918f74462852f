// The table of codecs: which formats the program reads and writes.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/imaging/codec/codec.h"

namespace imagemill::imaging {

// Codecs by name, signature and extension. Signatures and extensions are disjoint. Thread-safe once
// no more codecs are added. Codecs stay where they are: pointers to them live as long as the table.
class CodecTable {
 public:
  // Adds a codec, which reads at least. A later one of the same name replaces the earlier one.
  void add(Codec codec);

  // null if no codec has that name.
  const Codec* find(std::string_view name) const;
  // The codec of files with this extension (any case, no dot); null if there is none.
  const Codec* of_extension(std::string_view extension) const;
  // The codec whose signature `head` opens with; null if there is none. Sixteen bytes are enough.
  const Codec* sniff(std::span<const std::uint8_t> head) const;

  std::vector<const Codec*> all() const;       // sorted by name
  std::vector<const Codec*> writable() const;  // those that encode, sorted by name

 private:
  std::map<std::string_view, Codec> codecs_;
};

// The program's table: the built-in codecs, and those that the program adds. A program adds its own
// before it first looks for a node type (NodeRegistry), since nodes name all codecs in what they
// say of themselves.
CodecTable& codecs();

// The codecs' kinds in words, with `last` before the last one: "JPEG, PNG or WebP".
std::string kinds_of(std::span<const Codec* const> codecs, std::string_view last);

// The kind of picture that this file extension (any case, no dot) stands for, readable or not:
// "JPEG", "WebP". Empty if the extension stands for no picture. Static storage.
std::string_view kind_of_extension(std::string_view extension);

}  // namespace imagemill::imaging
