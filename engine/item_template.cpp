#include "engine/item_template.h"

#include <algorithm>

namespace imagemill {
namespace {

// The path's one spelling, below the root: no empty parts, no "." and no ".." (a path in a list may
// begin with one).
std::string normal(std::string_view path) {
  std::string result;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    if (part.empty() || part == "." || part == "..") continue;
    if (!result.empty()) result += '/';
    result += part;
  }
  return result;
}

// True if one of the path's parts is "..".
bool climbs(std::string_view path) {
  const std::string slashed = "/" + std::string(path) + "/";
  return slashed.find("/../") != std::string::npos;
}

std::string harmless(std::string text) {
  std::replace(text.begin(), text.end(), '/', '_');
  if (text.starts_with('.')) text.front() = '_';
  return text;
}

}  // namespace

struct ItemTemplate::Values {
  const ItemInfo& item;
  std::string_view extension;
  const PartOf* part;
  std::string_view dir;
  std::string_view name;
  std::string_view stem;

  Values(const ItemInfo& of, std::string_view ext, const PartOf* number)
      : item(of), extension(ext), part(number) {
    const std::string_view key = item.key;
    const auto slash = key.rfind('/');
    dir = slash == std::string_view::npos ? "" : key.substr(0, slash);
    name = slash == std::string_view::npos ? key : key.substr(slash + 1);
    // Leading dots belong to the stem, so that it is never "." or "..".
    const auto dot = name.rfind('.');
    const bool has_extension = name.substr(0, dot).find_first_not_of('.') != std::string_view::npos;
    stem = has_extension ? name.substr(0, dot) : name;
  }
};

std::optional<ItemTemplate> ItemTemplate::parse(std::string_view text) {
  using Name = std::pair<std::string_view, Field>;
  static constexpr std::array<Name, 12> kNames = {{{"dir", Field::dir},
                                                   {"name", Field::name},
                                                   {"stem", Field::stem},
                                                   {"ext", Field::ext},
                                                   {"index", Field::index},
                                                   {"width", Field::width},
                                                   {"height", Field::height},
                                                   {"format", Field::format},
                                                   {"number", Field::number},
                                                   {"level", Field::level},
                                                   {"column", Field::column},
                                                   {"row", Field::row}}};
  static constexpr std::string_view kTexts = "exif.";
  ItemTemplate result;
  result.text_ = text;
  std::string literal;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
      literal += text[i++];
    } else if (c == '}') {
      return {};
    } else if (c == '{') {
      const auto end = text.find('}', i);
      if (end == std::string_view::npos) return {};
      const std::string_view name = text.substr(i + 1, end - i - 1);
      const auto* const known = std::find_if(kNames.begin(), kNames.end(),
                                             [&](const Name& n) { return n.first == name; });
      const bool of_file = name.starts_with(kTexts) && name.size() > kTexts.size();
      if (known == kNames.end() && !of_file) return {};
      if (!literal.empty()) result.pieces_.push_back({Field::literal, std::exchange(literal, {})});
      result.pieces_.push_back({of_file ? Field::text : known->second, std::string(name)});
      i = end;
    } else {
      literal += c;
    }
  }
  if (!literal.empty()) result.pieces_.push_back({Field::literal, literal});
  return result;
}

std::string ItemTemplate::expand(const ItemInfo& item, std::string_view extension,
                                 const PartOf* part) const {
  const Values values(item, extension, part);
  std::string text;
  for (const Piece& piece : pieces_) text += value_of(piece, values);
  return text;
}

std::vector<std::string> ItemTemplate::fields() const {
  std::vector<std::string> names;
  for (const Piece& piece : pieces_) {
    const bool seen = std::find(names.begin(), names.end(), piece.literal) != names.end();
    if (piece.field != Field::literal && !seen) names.push_back(piece.literal);
  }
  return names;
}

std::string ItemTemplate::value_of(const Piece& piece, const Values& values) {
  const PartOf part = values.part == nullptr ? PartOf() : *values.part;
  switch (piece.field) {
    case Field::literal:
      return piece.literal;
    case Field::dir:
      return std::string(values.dir);
    case Field::name:
      return std::string(values.name);
    case Field::stem:
      return std::string(values.stem);
    case Field::ext:
      return std::string(values.extension);
    case Field::index:
      return std::to_string(values.item.index);
    case Field::width:
      return std::to_string(values.item.facts.width);
    case Field::height:
      return std::to_string(values.item.facts.height);
    case Field::format:
      return std::string(values.item.facts.format);
    case Field::number:
      return std::to_string(part.number);
    case Field::level:
      return std::to_string(part.part.level);
    case Field::column:
      return std::to_string(part.part.column);
    case Field::row:
      return std::to_string(part.part.row);
    case Field::text:
      for (const ItemText& text : values.item.texts) {
        if (text.name == piece.literal) return text.value;
      }
      return {};
  }
  return {};
}

std::optional<PathTemplate> PathTemplate::parse(std::string_view text) {
  if (text.empty() || text.front() == '/' || text.back() == '/' || climbs(text)) return {};
  auto parsed = ItemTemplate::parse(text);
  if (!parsed) return {};
  PathTemplate result;
  static_cast<ItemTemplate&>(result) = std::move(*parsed);
  // At the root {dir} is empty, and so is a text that a file lacks, and leaves what stands beside
  // it: "..{dir}/x" would climb, "{dir}" name no file.
  const ItemInfo bare{.index = 0, .key = "name", .facts = {}, .texts = {}};
  const std::string at_root = result.fill(Values(bare, "ext", nullptr));
  if (normal(at_root).empty() || at_root.back() == '/' || at_root.ends_with("/.") ||
      climbs(at_root))
    return {};
  return result;
}

std::string PathTemplate::expand(const ItemInfo& item, std::string_view extension,
                                 const PartOf* part) const {
  return normal(fill(Values(item, extension, part)));
}

std::string PathTemplate::fill(const Values& values) const {
  std::string path;
  for (const Piece& piece : pieces_) {
    std::string value = value_of(piece, values);
    path += piece.field == Field::text ? harmless(std::move(value)) : value;
  }
  return path;
}

}  // namespace imagemill
