#include "nodes/imaging/codec/exif.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "nodes/imaging/bytes/utf8.h"
#include "nodes/imaging/codec/header_parts.h"

namespace imagemill::imaging {
namespace {

constexpr std::uint32_t kOrientation = 0x0112;
constexpr std::uint32_t kExifDirectory = 0x8769;

// Types of values, by their TIFF numbers. The text types count bytes.
constexpr std::uint32_t kByte = 1;
constexpr std::uint32_t kAscii = 2;
constexpr std::uint32_t kShort = 3;
constexpr std::uint32_t kLong = 4;
constexpr std::uint32_t kSignedByte = 6;
constexpr std::uint32_t kUndefined = 7;
constexpr std::uint32_t kSignedShort = 8;
constexpr std::uint32_t kSignedLong = 9;
constexpr std::uint32_t kDirectory = 13;
constexpr std::uint32_t kUtf8 = 129;

// Bytes of an integer of this type; 0 for a type of other values.
std::size_t integer_bytes(std::uint32_t type) {
  switch (type) {
    case kByte:
    case kSignedByte:
    case kUndefined:
      return 1;
    case kShort:
    case kSignedShort:
      return 2;
    case kLong:
    case kSignedLong:
    case kDirectory:
      return 4;
    default:
      return 0;
  }
}

bool is_text(std::uint32_t type) {
  return type == kAscii || type == kUtf8 || integer_bytes(type) == 1;
}

enum class Directory { first, exif };

enum class Kind { text, date };

struct TextTag {
  std::string_view name;
  std::uint32_t tag;
  Directory directory;
  Kind kind = Kind::text;
};
constexpr std::array<TextTag, 9> kTexts = {{
    {"ImageDescription", 0x010E, Directory::first},
    {"Make", 0x010F, Directory::first},
    {"Model", 0x0110, Directory::first},
    {"Software", 0x0131, Directory::first},
    {"DateTime", 0x0132, Directory::first, Kind::date},
    {"Artist", 0x013B, Directory::first},
    {"Copyright", 0x8298, Directory::first},
    {"DateTimeOriginal", 0x9003, Directory::exif, Kind::date},
    {"DateTimeDigitized", 0x9004, Directory::exif, Kind::date},
}};

constexpr std::size_t kLongestText = 255;

// Bounds-checked reads from a TIFF block.
class Tiff {
 public:
  explicit Tiff(std::span<const std::uint8_t> block) : block_(block) {
    if (block.size() >= 8 && block[0] == block[1] && (block[0] == 'I' || block[0] == 'M')) {
      little_endian_ = block[0] == 'I';
      valid_ = u16(2) == 42;
    }
  }
  bool valid() const { return valid_; }

  // Reads two bytes; 0 beyond the end.
  std::uint32_t u16(std::size_t at) const {
    return little_endian_ ? byte(at) | byte(at + 1) << 8 : byte(at) << 8 | byte(at + 1);
  }
  std::uint32_t u32(std::size_t at) const {
    return little_endian_ ? u16(at) | u16(at + 2) << 16 : u16(at) << 16 | u16(at + 2);
  }
  // The text of an entry; empty unless all of it lies in the block.
  std::string_view text(std::size_t entry) const {
    const std::size_t bytes = count_of(entry);
    const std::size_t at = values_at(entry, bytes);
    if (bytes > block_.size() || at > block_.size() - bytes) return {};
    return {reinterpret_cast<const char*>(block_.data()) + at, bytes};
  }
  // Value `number` of an integer entry. nullopt if the entry has fewer values, or lies only partly
  // in the block.
  std::optional<std::int64_t> integer(std::size_t entry, std::size_t number = 0) const {
    const std::uint32_t type = type_of(entry);
    const std::size_t width = integer_bytes(type);
    const std::size_t count = std::max<std::size_t>(count_of(entry), 1);
    const std::size_t values = values_at(entry, width * count);
    if (width == 0 || number >= count || width * count > block_.size() ||
        values > block_.size() - width * count) {
      return std::nullopt;
    }
    const std::size_t at = values + width * number;
    const std::uint32_t bits = width == 1 ? byte(at) : width == 2 ? u16(at) : u32(at);
    switch (type) {
      case kSignedByte:
        return static_cast<std::int8_t>(bits);
      case kSignedShort:
        return static_cast<std::int16_t>(bits);
      case kSignedLong:
        return static_cast<std::int32_t>(bits);
      default:
        return bits;
    }
  }
  std::uint32_t type_of(std::size_t entry) const { return u16(entry + 2); }

  std::size_t first_directory() const { return u32(4); }
  // The first entry of a tag; 0 if there is none.
  std::size_t find(std::size_t directory, std::uint32_t tag) const {
    const std::size_t entries = u16(directory);
    for (std::size_t i = 0; i < entries; ++i) {
      const std::size_t entry = directory + 2 + 12 * i;
      if (entry + 12 > block_.size()) break;
      if (u16(entry) == tag) return entry;
    }
    return 0;
  }

 private:
  std::size_t count_of(std::size_t entry) const { return u32(entry + 4); }
  // Offset of the values, which lie in the entry itself if they fit.
  std::size_t values_at(std::size_t entry, std::size_t bytes) const {
    return bytes <= 4 ? entry + 8 : u32(entry + 8);
  }
  std::uint32_t byte(std::size_t at) const { return at < block_.size() ? block_[at] : 0u; }

  std::span<const std::uint8_t> block_;
  bool little_endian_ = false;
  bool valid_ = false;
};

Tiff tiff_in(std::span<const std::uint8_t> exif) {
  return Tiff(starts_with(exif, kExifPrefix) ? exif.subspan(kExifPrefix.size()) : exif);
}

bool is_control(std::uint32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0);
}

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string cleaned(std::string_view raw) {
  std::string text;
  std::size_t kept = 0;  // bytes up to the last one that is not blank
  while (!raw.empty() && raw[0] != '\0') {
    const auto [code_point, bytes] = first_character(raw);
    const bool good = bytes > 0 && !is_control(code_point);
    const std::string_view shown = good ? raw.substr(0, bytes) : "?";
    if (text.size() + shown.size() > kLongestText) break;
    text += shown;
    if (!is_blank(raw[0])) kept = text.size();
    raw.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  text.resize(kept);
  return text;
}

// Rewrites the date "2008:07:01 17:27:03" with dashes. Empty if the camera did not know the time,
// and put blanks or zeros between the colons.
std::string date_of(std::string text) {
  if (text.find_first_of("123456789") == std::string::npos) return {};
  constexpr std::size_t kYearEnd = 4;
  constexpr std::size_t kMonthEnd = 7;
  if (text.size() > kMonthEnd && text[kYearEnd] == ':' && text[kMonthEnd] == ':') {
    text[kYearEnd] = text[kMonthEnd] = '-';
  }
  return text;
}

// The entry as text, numbers with blanks between them; empty for any other type. Requires: `entry`
// found.
std::string text_of(const Tiff& tiff, std::size_t entry) {
  if (is_text(tiff.type_of(entry))) return cleaned(tiff.text(entry));
  std::string numbers;
  for (std::size_t i = 0; const auto number = tiff.integer(entry, i); ++i) {
    const std::string more = (numbers.empty() ? "" : " ") + std::to_string(*number);
    if (numbers.size() + more.size() > kLongestText) break;
    numbers += more;
  }
  return numbers;
}

}  // namespace

const std::vector<std::string_view>& exif_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all(kTexts.size());
    std::transform(kTexts.begin(), kTexts.end(), all.begin(),
                   [](const TextTag& text) { return text.name; });
    return all;
  }();
  return names;
}

bool is_exif_date(std::string_view name) {
  return std::any_of(kTexts.begin(), kTexts.end(), [&](const TextTag& text) {
    return text.kind == Kind::date && text.name == name;
  });
}

int exif_orientation(std::span<const std::uint8_t> exif) {
  const Tiff tiff = tiff_in(exif);
  if (!tiff.valid()) return 1;
  const std::size_t entry = tiff.find(tiff.first_directory(), kOrientation);
  if (entry == 0) return 1;
  const std::int64_t value = tiff.integer(entry).value_or(0);
  return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
}

std::vector<ExifText> exif_texts(std::span<const std::uint8_t> exif) {
  std::vector<ExifText> texts;
  const Tiff tiff = tiff_in(exif);
  if (!tiff.valid()) return texts;
  const std::size_t first = tiff.first_directory();
  const std::size_t pointer = tiff.find(first, kExifDirectory);
  const std::int64_t second = pointer == 0 ? -1 : tiff.integer(pointer).value_or(-1);
  for (const TextTag& text : kTexts) {
    if (text.directory == Directory::exif && second < 0) continue;
    const std::size_t directory =
        text.directory == Directory::exif ? static_cast<std::size_t>(second) : first;
    const std::size_t entry = tiff.find(directory, text.tag);
    if (entry == 0) continue;
    std::string value = text_of(tiff, entry);
    if (text.kind == Kind::date) value = date_of(std::move(value));
    if (!value.empty()) texts.push_back({text.name, std::move(value)});
  }
  return texts;
}

Bytes with_exif_orientation(const Bytes& jpeg, int orientation) {
  // clang-format off
  const std::uint8_t block[] = {
      0xFF, 0xE1, 0, 34,               // APP1, its length
      'E', 'x', 'i', 'f', 0, 0,
      'M', 'M', 0, 42, 0, 0, 0, 8,     // TIFF, big-endian; the first directory follows
      0, 1,                            // with one entry:
      0x01, 0x12, 0, 3, 0, 0, 0, 1,    // Orientation, of type SHORT, one value
      0, static_cast<std::uint8_t>(orientation), 0, 0,
      0, 0, 0, 0};                     // no second directory
  // clang-format on
  constexpr std::ptrdiff_t kSoi = 2;
  Bytes result = jpeg;
  result.insert(result.begin() + kSoi, std::begin(block), std::end(block));
  return result;
}

}  // namespace imagemill::imaging
