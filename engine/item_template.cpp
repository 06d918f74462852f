#include "engine/item_template.h"

#include <algorithm>

namespace imagemill {
namespace {

// True if one of the path's parts is "..".
bool climbs(std::string_view path) {
  while (true) {
    const auto slash = path.find('/');
    if (path.substr(0, slash) == "..") return true;
    if (slash == std::string_view::npos) return false;
    path.remove_prefix(slash + 1);
  }
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
  return result;
}

std::string PathTemplate::expand(const ItemInfo& item, std::string_view extension) const {
  const std::string_view key = item.key;
  const auto slash = key.rfind('/');
  const std::string_view dir = slash == std::string_view::npos ? "" : key.substr(0, slash);
  const std::string_view name = slash == std::string_view::npos ? key : key.substr(slash + 1);
  const auto dot = name.rfind('.');
  const std::string_view stem = dot == std::string_view::npos || dot == 0 ? name : name.substr(0, dot);

  std::string path;
  for (const Part& part : parts_) {
    switch (part.field) {
      case Field::literal: path += part.literal; break;
      case Field::dir: path += dir; break;
      case Field::name: path += name; break;
      case Field::stem: path += stem; break;
      case Field::ext: path += extension; break;
    }
  }
  // A part that came out empty ({dir} at the root) takes its slash with it.
  const auto end = std::unique(path.begin(), path.end(), [](char a, char b) { return a == '/' && b == '/'; });
  path.erase(end, path.end());
  if (path.starts_with('/')) path.erase(0, 1);
  return path;
}

}  // namespace imagemill
