// Output paths with fields of the item: "{dir}/{stem}.{ext}".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/item.h"
#include "engine/value.h"

namespace imagemill {

// Fields: {dir} the input's folder below the root, {name} its file name, {stem} that without its extension, {ext} the
// extension of the output's format. Braces are written {{ and }}.
class PathTemplate {
 public:
  static constexpr std::string_view kFields = "{dir} {name} {stem} {ext}";

  // Nothing if `text` names an unknown field, is empty or absolute, ends in a slash, or could lead out
  // of the output folder ("..").
  static std::optional<PathTemplate> parse(std::string_view text);

  // The path for an item, without empty parts. Never leads out of the output folder.
  std::string expand(const ItemInfo& item, std::string_view extension) const;
  const std::string& text() const { return text_; }

 private:
  enum class Field { literal, dir, name, stem, ext };
  struct Part {
    Field field;
    std::string literal;
  };
  std::string text_;
  std::vector<Part> parts_;
};

template <>
struct TextValue<PathTemplate> {
  static constexpr std::string_view type = "path template";
  static std::optional<PathTemplate> parse(std::string_view text) { return PathTemplate::parse(text); }
  static std::string format(const PathTemplate& value) { return value.text(); }
};

}  // namespace imagemill
