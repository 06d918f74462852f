#include "nodes/imaging/exif.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "nodes/imaging/utf8.h"

namespace imagemill::imaging {
namespace {

constexpr std::uint32_t kOrientation = 0x0112;
constexpr std::uint32_t kExifDirectory = 0x8769;

constexpr std::uint32_t kAscii = 2;
constexpr std::uint32_t kShort = 3;
constexpr std::uint32_t kUtf8 = 129;

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

  // 0 beyond the end.
  std::uint32_t u16(std::size_t at) const {
    return little_endian_ ? byte(at) | byte(at + 1) << 8 : byte(at) << 8 | byte(at + 1);
  }
  std::uint32_t u32(std::size_t at) const {
    return little_endian_ ? u16(at) | u16(at + 2) << 16 : u16(at) << 16 | u16(at + 2);
  }
  // Empty unless all of it is there.
  std::string_view text(std::size_t at, std::size_t bytes) const {
    if (bytes > block_.size() || at > block_.size() - bytes) return {};
    return {reinterpret_cast<const char*>(block_.data()) + at, bytes};
  }

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
  std::uint32_t byte(std::size_t at) const { return at < block_.size() ? block_[at] : 0u; }

  std::span<const std::uint8_t> block_;
  bool little_endian_ = false;
  bool valid_ = false;
};

Tiff tiff_in(std::span<const std::uint8_t> exif) {
  constexpr std::uint8_t kPrefix[] = {'E', 'x', 'i', 'f', 0, 0};
  const bool prefixed =
      exif.size() >= sizeof(kPrefix) && std::equal(kPrefix, std::end(kPrefix), exif.begin());
  return Tiff(prefixed ? exif.subspan(sizeof(kPrefix)) : exif);
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

// "2008:07:01 17:27:03" as everybody else writes it; empty where the camera did not know the time,
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

// Requires: `entry` found.
std::string text_of(const Tiff& tiff, std::size_t entry) {
  const std::uint32_t type = tiff.u16(entry + 2);
  if (type != kAscii && type != kUtf8) return {};
  const std::size_t bytes = tiff.u32(entry + 4);
  return cleaned(tiff.text(bytes <= 4 ? entry + 8 : tiff.u32(entry + 8), bytes));
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
  const std::uint32_t value = tiff.u16(entry + 8);
  const bool good = tiff.u16(entry + 2) == kShort && value >= 1 && value <= 8;
  return good ? static_cast<int>(value) : 1;
}

std::vector<ExifText> exif_texts(std::span<const std::uint8_t> exif) {
  std::vector<ExifText> texts;
  const Tiff tiff = tiff_in(exif);
  if (!tiff.valid()) return texts;
  const std::size_t first = tiff.first_directory();
  const std::size_t pointer = tiff.find(first, kExifDirectory);
  for (const TextTag& text : kTexts) {
    if (text.directory == Directory::exif && pointer == 0) continue;
    const std::size_t directory = text.directory == Directory::exif ? tiff.u32(pointer + 8) : first;
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
