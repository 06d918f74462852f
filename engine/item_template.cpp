#include "engine/item_template.h"

#include <algorithm>

namespace imagemill {
namespace {

// The path's one spelling: no empty parts, no ".".
std::string normal(std::string_view path) {
  std::string result;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    if (part.empty() || part == ".") continue;
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

}  // namespace

std::optional<PathTemplate> PathTemplate::parse(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, Field>, 4> kNames = {
      {{"dir", Field::dir}, {"name", Field::name}, {"stem", Field::stem}, {"ext", Field::ext}}};
  if (text.empty() || text.front() == '/' || text.back() == '/' || climbs(text)) return {};
  PathTemplate result;
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
      const auto field = std::find_if(kNames.begin(), kNames.end(), [&](const auto& known) {
        return known.first == text.substr(i + 1, end - i - 1);
      });
      if (field == kNames.end()) return {};
      if (!literal.empty()) result.parts_.push_back({Field::literal, std::exchange(literal, {})});
      result.parts_.push_back({field->second, {}});
      i = end;
    } else {
      literal += c;
    }
  }
  if (!literal.empty()) result.parts_.push_back({Field::literal, literal});
  // At the root, {dir} is empty and leaves what stands beside it: "..{dir}/x" would climb, "{dir}"
  // name no file.
  const std::string at_root = result.fill({}, "name", "stem", "ext");
  if (normal(at_root).empty() || at_root.back() == '/' || at_root.ends_with("/.") ||
      climbs(at_root))
    return {};
  return result;
}

std::string PathTemplate::expand(const ItemInfo& item, std::string_view extension) const {
  const std::string_view key = item.key;
  const auto slash = key.rfind('/');
  const std::string_view dir = slash == std::string_view::npos ? "" : key.substr(0, slash);
  const std::string_view name = slash == std::string_view::npos ? key : key.substr(slash + 1);
  // Leading dots belong to the stem, so that it is never "." or "..".
  const auto dot = name.rfind('.');
  const bool has_extension = name.substr(0, dot).find_first_not_of('.') != std::string_view::npos;
  const std::string_view stem = has_extension ? name.substr(0, dot) : name;
  return normal(fill(dir, name, stem, extension));
}

std::string PathTemplate::fill(std::string_view dir, std::string_view name, std::string_view stem,
                               std::string_view extension) const {
  std::string path;
  for (const Part& part : parts_) {
    switch (part.field) {
      case Field::literal:
        path += part.literal;
        break;
      case Field::dir:
        path += dir;
        break;
      case Field::name:
        path += name;
        break;
      case Field::stem:
        path += stem;
        break;
      case Field::ext:
        path += extension;
        break;
    }
  }
  return path;
}

}  // namespace imagemill
