// Output paths with fields of the item: "{dir}/{stem}.{ext}".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/item.h"
#include "engine/value.h"

namespace imagemill {

// Fields: {dir} the input's folder below the root, {name} its file name, {stem} that without its
// extension (leading dots start none), {ext} the extension of the output's format. Braces are
// written {{ and }}.
class PathTemplate {
 public:
  static constexpr std::string_view kFields = "{dir} {name} {stem} {ext}";

  // Nothing if `text` names an unknown field, is empty or absolute, ends in a slash, could name no
  // file (as "{dir}" does at the root), or could lead out of the output folder ("..").
  static std::optional<PathTemplate> parse(std::string_view text);

  // The path for an item, without empty parts and ".". Never leads out of the output folder.
  std::string expand(const ItemInfo& item, std::string_view extension) const;
  const std::string& text() const { return text_; }

 private:
  enum class Field { literal, dir, name, stem, ext };
  struct Part {
    Field field;
    std::string literal;
  };
  std::string fill(std::string_view dir, std::string_view name, std::string_view stem,
                   std::string_view extension) const;

  std::string text_;
  std::vector<Part> parts_;
};

template <>
struct TextValue<PathTemplate> {
  static constexpr std::string_view type = "path template";
  static std::optional<PathTemplate> parse(std::string_view text) {
    return PathTemplate::parse(text);
  }
  static std::string format(const PathTemplate& value) { return value.text(); }
};

}  // namespace imagemill
