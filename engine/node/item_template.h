// Texts and output paths with fields of the item: "{dir}/{stem}.{ext}".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/value.h"
#include "engine/node/facts.h"
#include "engine/node/item.h"

namespace imagemill {

// The part of an item that a packet is.
struct PartOf {
  std::size_t number = 0;  // of the packet, from 0
  Part part;
};

// A text with fields of an item. The fields are:
//
//   {dir} {name}        the input's folder below the root; the input's file name
//   {stem}              the file name without its extension; leading dots start no extension
//   {ext}               the extension of the output's format
//   {index}             the item's place in the source's order
//   {width} {height}    size of the input, upright
//   {format}            format of the input
//   {number} {level} {column} {row}    place of the part, behind a one-to-many node
//   {exif.NAME}         a text of the file; empty if the file lacks it
//   {exif.NAME:FORMAT}  parts of a date (date_format.h): {exif.DateTimeOriginal:%Y/%m} is 2008/07.
//                       Without a FORMAT the date is 2008-07-01 17:27:03.
//
// A number may be padded with zeros: {index:4} is 0007. Braces are written {{ and }}.
class ItemTemplate {
 public:
  static constexpr std::string_view kFields =
      "{dir} {name} {stem} {ext} {index} {width} {height} {format} {number} {level} {column} {row} "
      "{exif.NAME}";

  ItemTemplate() = default;
  // nullopt if `text` names an unknown field, has an invalid FORMAT, or has an unpaired brace. Any
  // NAME is accepted.
  static std::optional<ItemTemplate> parse(std::string_view text);
  // Why parse() returns nullopt, for a person; empty if `text` is valid.
  static std::string fault(std::string_view text);

  // The text for an item. A missing or invalid date gives an empty text; Graph::plan() refuses such
  // items earlier. `part` is null for a whole item.
  std::string expand(const ItemInfo& item, std::string_view extension, const PartOf* part) const;
  const std::string& text() const { return text_; }
  // Names of the fields, each once. A date with a format is named NAME:FORMAT.
  std::vector<std::string> fields() const;

 protected:
  enum class Field {
    literal,
    dir,
    name,
    stem,
    ext,
    index,
    width,
    height,
    format,
    number,
    level,
    column,
    row,
    text
  };
  struct Piece {
    Field field;
    std::string literal;  // the text of a literal, or the name of a field
    std::size_t digits = 0;
    std::string format = {};  // of a date; empty: the text unchanged
  };
  struct Values;
  struct Parser;
  static std::string value_of(const Piece& piece, const Values& values);

  std::string text_;
  std::vector<Piece> pieces_;
};

// A path below the output folder.
class PathTemplate : public ItemTemplate {
 public:
  // nullopt also if `text` is empty or absolute, ends in a slash, or could lead out of the output
  // folder (".."). So, too, if it could name no file, as "{dir}" does at the root.
  static std::optional<PathTemplate> parse(std::string_view text);
  static std::string fault(std::string_view text);

  // The path for an item, without empty parts, "." and "..". In {dir}, "x/.." is dropped, and so is
  // a ".." above the first folder. Never leads out of the output folder, whatever the file's texts
  // say. In such a text a colon becomes '-'. Slashes, a leading dot, and characters that some file
  // system forbids become '_'.
  std::string expand(const ItemInfo& item, std::string_view extension, const PartOf* part) const;

 private:
  std::string fill(const Values& values) const;
};

// A name from ItemTemplate::fields(), split at the colon.
struct FieldName {
  std::string name;
  std::string format;  // of a date; empty for all other fields

  explicit FieldName(std::string_view field);
};

// True if the template `text` uses `field`, a name as in ItemTemplate::fields().
bool has_field(std::string_view text, const std::string& field);

template <>
struct TextValue<ItemTemplate> {
  static constexpr std::string_view type = "text with fields";
  static std::optional<ItemTemplate> parse(std::string_view text) {
    return ItemTemplate::parse(text);
  }
  static std::string fault(std::string_view text) { return ItemTemplate::fault(text); }
  static std::string format(const ItemTemplate& value) { return value.text(); }
};

template <>
struct TextValue<PathTemplate> {
  static constexpr std::string_view type = "path template";
  static std::optional<PathTemplate> parse(std::string_view text) {
    return PathTemplate::parse(text);
  }
  static std::string fault(std::string_view text) { return PathTemplate::fault(text); }
  static std::string format(const PathTemplate& value) { return value.text(); }
};

}  // namespace imagemill
