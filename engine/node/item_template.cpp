#include "engine/node/item_template.h"

#include <algorithm>

#include <tl/expected.hpp>

#include "engine/base/date_format.h"
#include "engine/base/text.h"

namespace imagemill {
namespace {

// The effect of ".." on the folder before it.
enum class Parent { keeps, removes };

// The normal form of a path below the root: no empty parts, no "." and no "..". A path in a list
// may contain them.
std::string normal(std::string_view path, Parent parent) {
  std::string result;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    if (part == ".." && parent == Parent::removes) {
      const auto slash = result.rfind('/');
      result.resize(slash == std::string::npos ? 0 : slash);
    }
    if (part.empty() || part == "." || part == "..") continue;
    if (!result.empty()) result += '/';
    result += part;
  }
  return result;
}

// True if a part of the path is "..".
bool climbs(std::string_view path) {
  const std::string slashed = "/" + std::string(path) + "/";
  return slashed.find("/../") != std::string::npos;
}

// `folder` with each ".." resolved.
std::string resolved(std::string folder) {
  if (!climbs(folder)) return folder;
  return (folder.front() == '/' ? "/" : "") + normal(folder, Parent::removes);
}

std::string harmless(std::string text) {
  constexpr std::string_view kForbidden = "/\\*?\"<>|";
  std::replace(text.begin(), text.end(), ':', '-');
  std::replace_if(
      text.begin(), text.end(),
      [&](char c) { return kForbidden.find(c) != std::string_view::npos; }, '_');
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

struct ItemTemplate::Parser {
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
  static constexpr std::size_t kMostDigits = 20;

  static bool is_number(Field field) {
    return field == Field::index || field == Field::width || field == Field::height ||
           (field >= Field::number && field <= Field::row);
  }

  // Parses the text between two braces; the error is a message for a person.
  static tl::expected<Piece, std::string> field(std::string_view text) {
    const std::string_view name = text.substr(0, text.find(':'));
    if (name.starts_with(kTexts) && name.size() > kTexts.size()) {
      Piece piece{Field::text, std::string(name)};
      if (name.size() == text.size()) return piece;
      piece.format = text.substr(name.size() + 1);
      const std::string fault = date_format_fault(piece.format);
      if (!fault.empty()) return tl::make_unexpected(quote(name) + ": " + fault);
      return piece;
    }
    const auto* const known =
        std::find_if(kNames.begin(), kNames.end(), [&](const Name& n) { return n.first == name; });
    if (known == kNames.end()) {
      std::vector<std::string> names;
      names.reserve(kNames.size());
      for (const Name& one : kNames) names.emplace_back(one.first);
      return tl::make_unexpected("no field is named " + quote(name) + did_you_mean(name, names));
    }
    Piece piece{known->second, std::string(name)};
    if (name.size() == text.size()) return piece;
    const auto digits = TextValue<std::size_t>::parse(text.substr(name.size() + 1));
    if (!is_number(piece.field) || !digits || *digits < 1 || *digits > kMostDigits) {
      return tl::make_unexpected(
          "a number of digits (1 to 20) can follow a field that is a number, "
          "as in {index:4}, and nothing else");
    }
    piece.digits = *digits;
    return piece;
  }

  static tl::expected<std::vector<Piece>, std::string> pieces(std::string_view text) {
    std::vector<Piece> found;
    std::string literal;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
        literal += text[i++];
      } else if (c == '{') {
        const auto end = text.find('}', i);
        if (end == std::string_view::npos) return tl::make_unexpected("a '{' is not closed");
        auto piece = field(text.substr(i + 1, end - i - 1));
        if (!piece) return tl::make_unexpected(std::move(piece.error()));
        if (!literal.empty()) found.push_back({Field::literal, std::exchange(literal, {})});
        found.push_back(std::move(*piece));
        i = end;
      } else if (c == '}') {
        return tl::make_unexpected("a '}' closes nothing; as a character it is doubled");
      } else {
        literal += c;
      }
    }
    if (!literal.empty()) found.push_back({Field::literal, literal});
    return found;
  }
};

std::optional<ItemTemplate> ItemTemplate::parse(std::string_view text) {
  auto pieces = Parser::pieces(text);
  if (!pieces) return {};
  ItemTemplate result;
  result.text_ = text;
  result.pieces_ = std::move(*pieces);
  return result;
}

std::string ItemTemplate::fault(std::string_view text) {
  const auto pieces = Parser::pieces(text);
  return pieces ? "" : pieces.error();
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
    if (piece.field == Field::literal) continue;
    std::string name = piece.format.empty() ? piece.literal : piece.literal + ":" + piece.format;
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(std::move(name));
    }
  }
  return names;
}

std::string ItemTemplate::value_of(const Piece& piece, const Values& values) {
  const PartOf part = values.part == nullptr ? PartOf() : *values.part;
  const auto number = [&](auto value) {
    std::string text = std::to_string(value);
    if (text.size() < piece.digits) text.insert(0, piece.digits - text.size(), '0');
    return text;
  };
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
      return number(values.item.index);
    case Field::width:
      return number(values.item.facts.width);
    case Field::height:
      return number(values.item.facts.height);
    case Field::format:
      return std::string(values.item.facts.format);
    case Field::number:
      return number(part.number);
    case Field::level:
      return number(part.part.level);
    case Field::column:
      return number(part.part.column);
    case Field::row:
      return number(part.part.row);
    case Field::text:
      for (const ItemText& text : values.item.texts) {
        if (text.name != piece.literal) continue;
        return piece.format.empty() ? text.value
                                    : formatted_date(piece.format, text.value).value_or("");
      }
      return {};
  }
  return {};
}

std::optional<PathTemplate> PathTemplate::parse(std::string_view text) {
  if (!fault(text).empty()) return {};
  PathTemplate result;
  static_cast<ItemTemplate&>(result) = *ItemTemplate::parse(text);
  return result;
}

std::string PathTemplate::fault(std::string_view text) {
  if (text.empty()) return "it is empty";
  if (text.find('\0') != std::string_view::npos) return "a NUL can't be part of a path";
  if (text.front() == '/') return "it must be relative: it lies below the output folder";
  if (climbs(text)) return "'..' would lead out of the output folder";
  if (text.back() == '/') return "it names a folder";
  const auto parsed = ItemTemplate::parse(text);
  if (!parsed) return ItemTemplate::fault(text);
  PathTemplate path;
  static_cast<ItemTemplate&>(path) = *parsed;
  for (Piece& piece : path.pieces_) {
    // Graph::plan() has refused items without the date, so any date stands for all.
    if (!piece.format.empty()) {
      piece = {Field::literal, formatted_date(piece.format, "2008-07-01 17:27:03").value_or("")};
    }
  }
  // At the root {dir} is empty, and so is a text that the file lacks. What stands beside it
  // remains: "..{dir}/x" would climb, "{dir}" would name no file.
  const ItemInfo bare{.index = 0, .key = "name", .facts = {}, .texts = {}};
  const std::string at_root = path.fill(Values(bare, "ext", nullptr));
  if (climbs(at_root)) return "where a field is empty it would lead out of the output folder";
  if (normal(at_root, Parent::keeps).empty() || at_root.back() == '/' || at_root.ends_with("/.")) {
    return "where a field is empty it would name no file";
  }
  return "";
}

std::string PathTemplate::expand(const ItemInfo& item, std::string_view extension,
                                 const PartOf* part) const {
  return normal(fill(Values(item, extension, part)), Parent::keeps);
}

std::string PathTemplate::fill(const Values& values) const {
  std::string path;
  for (const Piece& piece : pieces_) {
    std::string value = value_of(piece, values);
    if (piece.field == Field::dir) value = resolved(std::move(value));
    // A date's slashes come from its FORMAT, which the user wrote; they may separate folders.
    const bool is_foreign = piece.field == Field::text && piece.format.empty();
    path += is_foreign ? harmless(std::move(value)) : value;
  }
  return path;
}

FieldName::FieldName(std::string_view field) : name(field.substr(0, field.find(':'))) {
  if (name.size() < field.size()) format = field.substr(name.size() + 1);
}

bool has_field(std::string_view text, const std::string& field) {
  return text.find("{" + field + "}") != std::string_view::npos ||
         text.find("{" + field + ":") != std::string_view::npos;
}

}  // namespace imagemill
