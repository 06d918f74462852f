#include "nodes/imaging/pixels/icc_profile.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "nodes/imaging/bytes/big_endian.h"

namespace imagemill::imaging {
namespace {

using Span = std::span<const std::uint8_t>;

void put_u32(Bytes& bytes, std::size_t at, std::size_t value) {
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
  }
}

std::size_t aligned(std::size_t bytes) { return (bytes + 3) / 4 * 4; }

constexpr std::size_t kHeader = 128;
constexpr std::size_t kTagEntry = 12;   // signature, offset, size
constexpr std::size_t kMostTags = 100;  // lcms2's limit, far beyond what profiles have

// Channels of the profile connection space (PCS): CIEXYZ or CIELAB.
constexpr std::size_t kPcsChannels = 3;

// Whether `name` is a profile class; 0 is what old versions of lcms2 wrote.
bool is_class(std::uint32_t name) {
  constexpr std::array kClasses = {0u,
                                   four_letters("scnr"),
                                   four_letters("mntr"),
                                   four_letters("prtr"),
                                   four_letters("spac"),
                                   four_letters("link"),
                                   four_letters("abst"),
                                   four_letters("nmcl")};
  return std::find(kClasses.begin(), kClasses.end(), name) != kClasses.end();
}

bool has_header(Span profile) {
  constexpr std::uint32_t kLastVersion = 0x0500;
  return profile.size() >= kHeader + 4 && u32_at(profile, 36) == four_letters("acsp") &&
         u16_at(profile, 8) <= kLastVersion && is_class(u32_at(profile, 12)) &&
         u32_at(profile, kHeader) <= kMostTags &&
         profile.size() >= kHeader + 4 + u32_at(profile, kHeader) * kTagEntry;
}

struct Tag {
  std::uint32_t name;
  Span data;
};

// The tags that are not empty and lie inside the profile. Requires: has_header.
std::vector<Tag> tags_of(Span profile) {
  const std::size_t end = std::min<std::size_t>(profile.size(), u32_at(profile, 0));
  std::vector<Tag> tags;
  for (std::size_t i = 0; i < u32_at(profile, kHeader); ++i) {
    const std::size_t entry = kHeader + 4 + i * kTagEntry;
    const std::size_t offset = u32_at(profile, entry + 4);
    const std::size_t bytes = u32_at(profile, entry + 8);
    if (offset == 0 || bytes == 0 || offset > end || bytes > end - offset) continue;
    tags.push_back({u32_at(profile, entry), profile.subspan(offset, bytes)});
  }
  return tags;
}

// The data of the tag `name`; empty if the profile has no such tag.
Span tag(const std::vector<Tag>& tags, std::uint32_t name) {
  const auto found =
      std::find_if(tags.begin(), tags.end(), [&](const Tag& tag) { return tag.name == name; });
  return found == tags.end() ? Span() : found->data;
}

bool has_twins(const std::vector<Tag>& tags) {
  return std::any_of(tags.begin(), tags.end(), [&](const Tag& tag) {
    return std::count_if(tags.begin(), tags.end(),
                         [&](const Tag& other) { return other.name == tag.name; }) > 1;
  });
}

// Bytes of the curve at the beginning of `data`; nullopt if `data` begins with no curve.
std::optional<std::size_t> curve_bytes(Span data) {
  constexpr std::size_t kMostEntries = 0x7FFF;
  constexpr std::array<std::size_t, 5> kParameters = {1, 3, 4, 5, 7};  // by function
  if (data.size() < 12) return std::nullopt;
  std::size_t bytes = 12;
  if (u32_at(data, 0) == four_letters("curv")) {
    if (u32_at(data, 8) > kMostEntries) return std::nullopt;
    bytes += 2 * std::size_t{u32_at(data, 8)};
  } else if (u32_at(data, 0) == four_letters("para")) {
    if (u16_at(data, 8) >= kParameters.size()) return std::nullopt;
    bytes += 4 * kParameters[u16_at(data, 8)];
  } else {
    return std::nullopt;
  }
  return bytes <= data.size() ? std::optional(bytes) : std::nullopt;
}

bool is_curve(Span data) { return curve_bytes(data).has_value(); }

// Whether `data` begins with `count` curves, one after the other.
bool are_curves(Span data, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto bytes = curve_bytes(data);
    if (!bytes) return false;
    data = data.subspan(std::min(data.size(), aligned(*bytes)));
  }
  return true;
}

// Bytes of the grid; nullopt if it is no grid or longer than `most`.
std::optional<std::size_t> grid_bytes(Span points, std::size_t sample, std::size_t most) {
  std::size_t bytes = sample * kPcsChannels;
  for (const std::uint8_t count : points) {
    if (count < 2 || bytes > most / count) return std::nullopt;
    bytes *= count;
  }
  return bytes <= most ? std::optional(bytes) : std::nullopt;
}

// Whether `data` is a lut8 or lut16: input tables, grid, output tables.
bool is_lut(Span data, std::size_t channels) {
  const bool wide = u32_at(data, 0) == four_letters("mft2");
  const std::size_t head = wide ? 52 : 48;
  if (data.size() < head || data[8] != channels || data[9] != kPcsChannels) return false;
  std::size_t inputs = 256;
  std::size_t outputs = 256;
  if (wide) {
    constexpr std::uint32_t kMostEntries = 4096;
    inputs = u16_at(data, 48);
    outputs = u16_at(data, 50);
    if (std::min(inputs, outputs) < 2 || std::max(inputs, outputs) > kMostEntries) return false;
  }
  const std::size_t sample = wide ? 2 : 1;
  const std::size_t tables = sample * (inputs * channels + outputs * kPcsChannels);
  if (data.size() - head < tables) return false;
  const std::vector<std::uint8_t> points(channels, data[10]);
  return grid_bytes(points, sample, data.size() - head - tables).has_value();
}

// Whether `data` is a lutAToB: A curves, grid, M curves, matrix, B curves. Each part lies at an
// offset; all but the grid may be absent. Only three channels could do without a grid. Offsets must
// be whole words: after each curve lcms2 rounds its position up in the profile, not relative to the
// first curve.
bool is_lut_a_to_b(Span data, std::size_t channels) {
  constexpr std::size_t kGridHead = 20;
  if (data.size() < 32 || data[8] != channels || data[9] != kPcsChannels) return false;
  const auto part = [&](std::size_t field) {
    return data.subspan(std::min<std::size_t>(data.size(), u32_at(data, field)));
  };
  const auto curves = [&](std::size_t field, std::size_t count) {
    const std::uint32_t offset = u32_at(data, field);
    return offset == 0 || (offset % 4 == 0 && are_curves(part(field), count));
  };
  if (!curves(12, kPcsChannels) || !curves(20, kPcsChannels) || !curves(28, channels)) return false;
  if (u32_at(data, 16) != 0 && part(16).size() < std::size_t{12} * 4) return false;
  const Span grid = part(24);
  if (u32_at(data, 24) == 0 || grid.size() < kGridHead) return false;
  const std::size_t sample = grid[16];
  return (sample == 1 || sample == 2) &&
         grid_bytes(grid.first(channels), sample, grid.size() - kGridHead);
}

bool is_conversion(Span data, std::size_t channels) {
  if (data.size() < 12) return false;
  const std::uint32_t type = u32_at(data, 0);
  if (type == four_letters("mft1") || type == four_letters("mft2")) return is_lut(data, channels);
  return type == four_letters("mAB ") && is_lut_a_to_b(data, channels);
}

bool has_conversion(Span profile) {
  constexpr std::array kClasses = {0u, four_letters("scnr"), four_letters("mntr"),
                                   four_letters("prtr"), four_letters("spac")};
  const std::uint32_t pcs = u32_at(profile, 20);
  return std::find(kClasses.begin(), kClasses.end(), u32_at(profile, 12)) != kClasses.end() &&
         (pcs == four_letters("XYZ ") || pcs == four_letters("Lab "));
}

Bytes profile_of(Span header, const std::vector<Tag>& tags) {
  std::size_t size = kHeader + 4 + tags.size() * kTagEntry;
  const std::size_t first = size;
  for (const Tag& tag : tags) size += aligned(tag.data.size());
  Bytes bytes(size);
  std::copy_n(header.begin(), kHeader, bytes.begin());
  put_u32(bytes, 0, size);
  put_u32(bytes, kHeader, tags.size());
  std::size_t entry = kHeader + 4;
  std::size_t offset = first;
  for (const Tag& tag : tags) {
    put_u32(bytes, entry, tag.name);
    put_u32(bytes, entry + 4, offset);
    put_u32(bytes, entry + 8, tag.data.size());
    const auto end = std::copy(tag.data.begin(), tag.data.end(),
                               bytes.begin() + static_cast<std::ptrdiff_t>(offset));
    entry += kTagEntry;
    offset += aligned(tag.data.size());
    std::fill(end, bytes.begin() + static_cast<std::ptrdiff_t>(offset), std::uint8_t{0});
  }
  return bytes;
}

tl::unexpected<Fault> dropped(std::string why) { return fault("profile_dropped", std::move(why)); }

}  // namespace

std::optional<DeviceSpace> device_space(Span profile) {
  if (!has_header(profile) || has_twins(tags_of(profile))) return std::nullopt;
  switch (u32_at(profile, 16)) {
    case four_letters("GRAY"):
      return DeviceSpace::gray;
    case four_letters("RGB "):
      return DeviceSpace::rgb;
    case four_letters("CMYK"):
      return DeviceSpace::cmyk;
    default:
      return DeviceSpace::other;
  }
}

Result<Bytes> conversion_profile(Span profile, DeviceSpace space) {
  const auto found = device_space(profile);
  if (!found) return dropped("the embedded data is no ICC profile");
  if (found != space) return dropped("the profile is one of another colour space");
  if (!has_conversion(profile)) return dropped("the profile describes no device");
  const bool gray = space == DeviceSpace::gray;
  const std::vector<Tag> all = tags_of(profile);
  std::vector<Tag> tags;
  std::size_t bytes = 0;
  // Takes a tag if the profile has it; false if the tag is damaged.
  const auto take = [&](std::uint32_t name, const auto& is_good) {
    const Span data = tag(all, name);
    if (data.empty()) return true;
    tags.push_back({name, data});
    bytes += data.size();
    return is_good(data);
  };
  const auto is_table = [&](Span data) { return is_conversion(data, gray ? 1 : 4); };
  const bool good =
      take(four_letters("A2B0"), is_table) &&
      (!gray || (take(four_letters("A2B1"), is_table) && take(four_letters("kTRC"), is_curve)));
  if (!good) return dropped("the profile's tables are damaged");
  if (tags.empty()) return dropped("the profile lacks the tables that convert its colours");
  if (bytes > (gray ? kMaxGrayTags : kMaxCmykTags))
    return dropped("the profile's tables are too large");
  return profile_of(profile.first(kHeader), tags);
}

}  // namespace imagemill::imaging
