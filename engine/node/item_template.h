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

// Which of an item's parts a packet is.
struct PartOf {
  std::size_t number = 0;
  Part part;
};

// Fields: {dir} the input's folder below the root, {name} its file name, {stem} that without its
// extension (leading dots start none), {ext} the format's extension, {index} the item's place in
// the source's order, {width} {height} of the input, upright, {format} of the input; behind a
// one-to-many node {number} {level} {column} {row} of the part; {exif.NAME} a text of the file,
// empty where it has none; of a date the text is 2008-07-01 17:27:03, and {exif.NAME:FORMAT} has
// its parts (date_format.h): {exif.DateTimeOriginal:%Y/%m} is 2008/07. A number may be padded with
// zeros: {index:4} is 0007. Braces are written {{ and }}.
class ItemTemplate {
 public:
  static constexpr std::string_view kFields =
      "{dir} {name} {stem} {ext} {index} {width} {height} {format} {number} {level} {column} {row} "
      "{exif.NAME}";

  ItemTemplate() = default;
  // Nothing if `text` names an unknown field (any NAME will do), has an unsound FORMAT, or a brace
  // too many.
  static std::optional<ItemTemplate> parse(std::string_view text);
  // Why parse() gives nothing, for a person.
  static std::string fault(std::string_view text);

  // A date that the item lacks, or that is none, is empty: Graph::plan() refuses such items before.
  std::string expand(const ItemInfo& item, std::string_view extension, const PartOf* part) const;
  const std::string& text() const { return text_; }
  // The names of its fields, each once; of a date with a format NAME:FORMAT.
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
    std::string literal;  // of a field, its name
    std::size_t digits = 0;
    std::string format = {};  // of a text that is a date; empty: the text as it is
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
  // Nothing, too, if `text` is empty or absolute, ends in a slash, could name no file (as "{dir}"
  // does at the root), or could lead out of the output folder ("..").
  static std::optional<PathTemplate> parse(std::string_view text);
  static std::string fault(std::string_view text);

  // The path for an item, without empty parts, "." and "..": in {dir}, "x/.." is nothing, and what
  // leads upwards from its first folder is left out. Never leads out of the output folder, whatever
  // the file's texts say: in them a colon becomes '-', and slashes, leading dots and what some file
  // system forbids '_'.
  std::string expand(const ItemInfo& item, std::string_view extension, const PartOf* part) const;

 private:
  std::string fill(const Values& values) const;
};

// One of ItemTemplate::fields(), taken apart.
struct FieldName {
  std::string name;
  std::string format;  // of a date; empty of all others

  explicit FieldName(std::string_view field);
};

// Whether `text`, a template, uses `field`, one of ItemTemplate::fields().
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
