// Embedded profiles: the good convert as lcms2 would by itself, the others are refused, soon and
// within their memory.
#include <chrono>
#include <cmath>
#include <functional>
#include <random>

#include <lcms2.h>

#include "nodes/imaging/pixels/icc_profile.h"
#include "nodes/imaging/pixels/icc_transform.h"
#include "tests/imaging/pixels/icc_files.h"
#include "tests/support/catch.h"

using namespace imagemill::imaging;
using namespace imagemill::imaging::testing;

namespace {

struct Formats {
  std::uint32_t from;
  std::uint32_t to;
};
constexpr Formats kGray8{TYPE_GRAY_8, TYPE_RGB_8};
constexpr Formats kGrayAlpha16{TYPE_GRAYA_16, TYPE_RGBA_16};
constexpr Formats kCmyk8{TYPE_CMYK_8_REV, TYPE_RGB_8};

constexpr int kPixels = 1000;

// Noise as pixels of eight bytes at most.
Bytes samples() {
  std::mt19937 random(7);
  Bytes bytes(std::size_t{8} * kPixels);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

Bytes converted(const std::function<void(const void*, void*)>& convert) {
  const Bytes in = samples();
  Bytes out(in.size());
  std::fill(out.begin(), out.end(), std::uint8_t{0});
  convert(in.data(), out.data());
  return out;
}

// Conversion by lcms2 alone, with the whole profile.
Bytes by_lcms2(const Bytes& profile, Formats formats) {
  cmsHPROFILE from =
      cmsOpenProfileFromMem(profile.data(), static_cast<cmsUInt32Number>(profile.size()));
  cmsHPROFILE srgb = cmsCreate_sRGBProfile();
  cmsHTRANSFORM transform =
      cmsCreateTransform(from, formats.from, srgb, formats.to, INTENT_PERCEPTUAL,
                         cmsFLAGS_NOCACHE | cmsFLAGS_COPY_ALPHA);
  REQUIRE(transform != nullptr);
  Bytes out =
      converted([&](const void* in, void* to) { cmsDoTransform(transform, in, to, kPixels); });
  cmsDeleteTransform(transform);
  cmsCloseProfile(srgb);
  cmsCloseProfile(from);
  return out;
}

Formats formats_of(DeviceSpace space) { return space == DeviceSpace::gray ? kGray8 : kCmyk8; }

Result<IccTransform> transform_of(const Bytes& profile, Formats formats) {
  const bool gray = T_COLORSPACE(formats.from) == PT_GRAY;
  const auto conversion = conversion_profile(profile, gray ? DeviceSpace::gray : DeviceSpace::cmyk);
  if (!conversion) return tl::make_unexpected(conversion.error());
  return IccTransform::to_srgb(*conversion, formats.from, formats.to);
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Whether it can be used; either way within its bound.
bool is_usable(const Bytes& profile, Formats formats) {
  const auto made = transform_of(profile, formats);
  if (!made) {
    CHECK(made.error().code == "profile_dropped");
    CHECK_FALSE(made.error().message.empty());
    return false;
  }
  const bool gray = T_COLORSPACE(formats.from) == PT_GRAY;
  CHECK(made->bytes() <= made->peak_bytes());
  CHECK(made->peak_bytes() <=
        (gray ? IccTransform::kGrayMemoryBound : IccTransform::cmyk_memory_bound(profile.size())));
  converted([&](const void* in, void* out) { made->apply(in, out, kPixels); });
  return true;
}

// A lutAToB of gray with all curves that it may have, `shift` bytes behind a whole word.
Bytes curves_a_to_b(std::uint32_t entries, std::uint32_t shift) {
  Bytes curve = TagWriter("curv").u32(entries).zeros(2 * std::size_t{entries}).bytes();
  curve.resize((curve.size() + 3) / 4 * 4);
  const auto length = static_cast<std::uint32_t>(curve.size());
  const std::uint32_t first = 100 + shift;
  TagWriter tag("mAB ");
  tag.u8(1).u8(3).u16(0).u32(first).u32(0).u32(first + 3 * length).u32(32).u32(first + 6 * length);
  tag.u8(2).zeros(15).u8(1).zeros(3 + 6).zeros(first - tag.bytes().size());
  Bytes data = tag.bytes();
  for (int i = 0; i < 7; ++i) data.insert(data.end(), curve.begin(), curve.end());
  return data;
}

void check_refused(const Bytes& profile, DeviceSpace space) {
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FALSE(is_usable(profile, formats_of(space)));
  CHECK(seconds_since(begin) < 0.05);
}

}  // namespace

TEST_CASE("Good profiles convert as lcms2 does by itself", "[imaging]") {
  for (const Bytes& profile : {gray_profile(1.0), gray_profile(2.2), gray_table_profile(256),
                               gray_table_profile(4096), gray_lut_profile()}) {
    for (const Formats formats : {kGray8, kGrayAlpha16}) {
      const auto transform = transform_of(profile, formats);
      REQUIRE(transform);
      CHECK(converted([&](const void* in, void* out) { transform->apply(in, out, kPixels); }) ==
            by_lcms2(profile, formats));
    }
  }
  for (const Bytes& profile : {cmyk_profile(2, Lut::lut16), cmyk_profile(9, Lut::lut8),
                               cmyk_profile(9, Lut::lut16), cmyk_profile(9, Lut::a_to_b)}) {
    const auto transform = transform_of(profile, kCmyk8);
    REQUIRE(transform);
    CHECK(converted([&](const void* in, void* out) { transform->apply(in, out, kPixels); }) ==
          by_lcms2(profile, kCmyk8));
  }
}

TEST_CASE("The largest tables of good profiles fit the bound", "[imaging]") {
  for (const Lut lut : {Lut::lut16, Lut::a_to_b}) CHECK(is_usable(cmyk_profile(17, lut), kCmyk8));
  CHECK(is_usable(cmyk_profile(17, Lut::lut8), kCmyk8));
  CHECK(is_usable(cmyk_profile(26, Lut::lut16), kCmyk8));
}

TEST_CASE("A transform keeps no more than it says, and gives all of it back", "[imaging]") {
  const auto transform = transform_of(cmyk_profile(17, Lut::lut16), kCmyk8);
  REQUIRE(transform);
  CHECK(transform->bytes() < std::size_t{1} << 20);
  CHECK(transform->peak_bytes() > transform->bytes());
}

TEST_CASE("A table that is claimed, but not there, is refused", "[imaging]") {
  struct Space {
    const char* name;
    DeviceSpace space;
    int channels;
  };
  for (const Space& of :
       {Space{"GRAY", DeviceSpace::gray, 1}, Space{"CMYK", DeviceSpace::cmyk, 4}}) {
    for (const int points : {2, 17, 96, 255}) {
      const double needed = 3 * std::pow(points, of.channels);
      const auto some = static_cast<std::size_t>(std::min(needed - 1, 1000.0));
      for (const Bytes& lut :
           {claimed_lut8(of.channels, points, some), claimed_lut16(of.channels, points, some),
            claimed_a_to_b(of.channels, points, some)}) {
        check_refused(raw_profile(of.name, {{"A2B0", lut}}), of.space);
      }
    }
    for (const int points : {0, 1}) {
      check_refused(raw_profile(of.name, {{"A2B0", claimed_lut8(of.channels, points, 100)}}),
                    of.space);
      check_refused(raw_profile(of.name, {{"A2B0", claimed_a_to_b(of.channels, points, 100)}}),
                    of.space);
    }
    for (const int entries : {0, 1, 4097, 65535}) {
      check_refused(raw_profile(of.name, {{"A2B0", claimed_lut16(of.channels, 2, 5000, entries)}}),
                    of.space);
    }
    // The same table with all its data is good.
    const auto whole = static_cast<std::size_t>(3 * std::pow(9, of.channels));
    CHECK(is_usable(raw_profile(of.name, {{"A2B0", claimed_lut8(of.channels, 9, whole)}}),
                    formats_of(of.space)));
    CHECK(is_usable(raw_profile(of.name, {{"A2B0", claimed_a_to_b(of.channels, 9, whole)}}),
                    formats_of(of.space)));
  }
}

TEST_CASE("A table of other channels than the picture's is refused", "[imaging]") {
  for (const int channels : {0, 1, 3, 5, 15, 16, 255}) {
    const auto data = std::size_t{200'000};
    check_refused(raw_profile("CMYK", {{"A2B0", claimed_lut8(channels, 2, data)}}),
                  DeviceSpace::cmyk);
    check_refused(raw_profile("CMYK", {{"A2B0", claimed_a_to_b(channels, 2, data)}}),
                  DeviceSpace::cmyk);
  }
}

TEST_CASE("Curves that claim more than they have are refused", "[imaging]") {
  const auto curve = [](std::uint32_t count, std::size_t data) {
    return raw_profile("GRAY", {{"kTRC", TagWriter("curv").u32(count).zeros(data).bytes()}});
  };
  for (const std::uint32_t count : {5u, 0x7FFFu, 0x8000u, 0x7FFFFFFFu, 0xFFFFFFFFu}) {
    check_refused(curve(count, 8), DeviceSpace::gray);
  }
  check_refused(curve(0x8000, 0x10000), DeviceSpace::gray);
  for (const int function : {0, 1, 2, 3, 4, 5, 0xFFFF}) {
    check_refused(
        raw_profile("GRAY", {{"kTRC", TagWriter("para").u16(function).u16(0).zeros(2).bytes()}}),
        DeviceSpace::gray);
  }
  CHECK(is_usable(curve(4, 8), kGray8));
}

TEST_CASE("A table's curve that claims more than the table has is refused", "[imaging]") {
  const auto table = [](std::size_t data) {
    constexpr std::uint32_t kGrid = 32 + 3 * 12;
    constexpr std::uint32_t kCurve = kGrid + 20 + 8;
    TagWriter tag("mAB ");
    tag.u8(1).u8(3).u16(0).u32(32).u32(0).u32(0).u32(kGrid).u32(kCurve);
    for (int i = 0; i < 3; ++i) tag.text("curv").u32(0).u32(0);
    tag.u8(2).zeros(15).u8(1).zeros(3 + 8);
    return tag.text("curv").u32(0).u32(6).zeros(data).bytes();
  };
  // What the first curve lacks, the next table has.
  CHECK_FALSE(conversion_profile(raw_profile("GRAY", {{"A2B0", table(0)}, {"A2B1", table(12)}}),
                                 DeviceSpace::gray));
  CHECK(conversion_profile(raw_profile("GRAY", {{"A2B0", table(12)}, {"A2B1", table(12)}}),
                           DeviceSpace::gray));
}

TEST_CASE("Multi-process elements are not looked at", "[imaging]") {
  const Bytes elements = repeated_elements(1, 60'000);
  check_refused(raw_profile("GRAY", {{"D2B0", elements}}), DeviceSpace::gray);
  check_refused(raw_profile("GRAY", {{"A2B0", elements}}), DeviceSpace::gray);
  check_refused(raw_profile("CMYK", {{"D2B0", repeated_elements(4, 60'000)}}), DeviceSpace::cmyk);
  // Beside what every profile has, they do not matter.
  const Bytes curve = TagWriter("curv").u32(0).bytes();
  CHECK(is_usable(raw_profile("GRAY", {{"D2B0", elements}, {"D2B1", elements}, {"kTRC", curve}}),
                  kGray8));
}

TEST_CASE("Gray curves fit the memory that there is for them, or are refused before", "[imaging]") {
  int used = 0;
  int refused = 0;
  for (std::uint32_t entries = 1000; entries <= 0x7FFF; entries += 1000) {
    const Bytes profile = raw_profile("GRAY", {{"A2B0", curves_a_to_b(entries, 0)}});
    const bool fits = conversion_profile(profile, DeviceSpace::gray).has_value();
    CAPTURE(entries);
    CHECK(is_usable(profile, kGray8) == fits);
    ++(fits ? used : refused);
  }
  CHECK(used > 5);
  CHECK(refused > 5);
}

TEST_CASE("Curves that are not at whole words are refused", "[imaging]") {
  for (const std::uint32_t shift : {1u, 2u, 3u}) {
    check_refused(raw_profile("GRAY", {{"A2B0", curves_a_to_b(10, shift)}}), DeviceSpace::gray);
  }
  CHECK(is_usable(raw_profile("GRAY", {{"A2B0", curves_a_to_b(10, 0)}}), kGray8));
  CHECK(is_usable(raw_profile("GRAY", {{"A2B0", curves_a_to_b(10, 4)}}), kGray8));
}

TEST_CASE("Tags outside the profile are none", "[imaging]") {
  const Bytes good = gray_profile(2.2);
  const auto with_tag_at = [&](std::uint32_t offset, std::uint32_t size) {
    Bytes bytes = raw_profile("GRAY", {{"kTRC", TagWriter("curv").u32(0).bytes()}});
    const Bytes entry = TagWriter("kTRC").u32(offset).u32(size).bytes();
    std::copy_n(entry.begin() + 8, 8, bytes.begin() + 136);
    return bytes;
  };
  CHECK(is_usable(with_tag_at(144, 12), kGray8));
  for (const auto& [offset, size] :
       std::initializer_list<std::pair<std::uint32_t, std::uint32_t>>{{145, 12},
                                                                      {144, 13},
                                                                      {144, 0},
                                                                      {144, 11},
                                                                      {0xFFFFFFFF, 1},
                                                                      {0xFFFFFFF8, 12},
                                                                      {144, 0xFFFFFFFF},
                                                                      {0x80000000, 0x80000000}}) {
    check_refused(with_tag_at(offset, size), DeviceSpace::gray);
  }
  // The header's size is another end.
  Bytes cut = good;
  cut[2] = 0;
  cut[3] = 200;
  check_refused(cut, DeviceSpace::gray);
  Bytes many = good;
  for (int i = 0; i < 4; ++i) many[static_cast<std::size_t>(128 + i)] = 0xFF;
  check_refused(many, DeviceSpace::gray);
}

TEST_CASE("A profile cut off anywhere is used whole or not at all", "[imaging]") {
  for (const Bytes& profile : {gray_profile(2.2), gray_table_profile(64), gray_lut_profile()}) {
    for (std::size_t length = 0; length < profile.size(); ++length) {
      is_usable(Bytes(profile.begin(), profile.begin() + static_cast<std::ptrdiff_t>(length)),
                kGray8);
    }
  }
  for (const Lut lut : {Lut::lut8, Lut::lut16, Lut::a_to_b}) {
    const Bytes profile = cmyk_profile(2, lut);
    // Tags may end in padding.
    for (std::size_t length = 0; length + 4 < profile.size(); ++length) {
      check_refused(Bytes(profile.begin(), profile.begin() + static_cast<std::ptrdiff_t>(length)),
                    DeviceSpace::cmyk);
    }
  }
}

TEST_CASE("Changed profiles are used or refused, within their memory", "[imaging]") {
  std::mt19937 random(11);
  const auto changed = [&](Bytes bytes) {
    for (unsigned i = 0; i <= random() % 4; ++i) {
      const std::size_t most =
          random() % 2 == 0 ? std::min<std::size_t>(bytes.size(), 300) : bytes.size();
      bytes[random() % most] = static_cast<std::uint8_t>(random() % 3 == 0 ? 0xFF : random());
    }
    return bytes;
  };
  int used = 0;
  for (const Bytes& profile : {gray_profile(2.2), gray_table_profile(64), gray_lut_profile()}) {
    for (int i = 0; i < 500; ++i) used += is_usable(changed(profile), kGray8) ? 1 : 0;
  }
  for (const Lut lut : {Lut::lut8, Lut::lut16, Lut::a_to_b}) {
    for (int i = 0; i < 10; ++i) used += is_usable(changed(cmyk_profile(2, lut)), kCmyk8) ? 1 : 0;
  }
  CHECK(used > 100);
}

TEST_CASE("The colour space of a header is what lcms2 reads", "[imaging]") {
  std::mt19937 random(5);
  const Bytes good = gray_profile(2.2);
  for (int i = 0; i < 3000; ++i) {
    Bytes bytes = good;
    const std::size_t at = i % 2 == 0 ? random() % bytes.size() : 8 + random() % 38;
    bytes[at] = static_cast<std::uint8_t>(random());
    if (i % 5 == 0) bytes.resize(random() % 200);
    cmsHPROFILE profile =
        cmsOpenProfileFromMem(bytes.data(), static_cast<cmsUInt32Number>(bytes.size()));
    const auto found = device_space(bytes);
    REQUIRE(found.has_value() == (profile != nullptr));
    if (profile == nullptr) continue;
    CHECK((found == DeviceSpace::gray) == (cmsGetColorSpace(profile) == cmsSigGrayData));
    cmsCloseProfile(profile);
  }
}

TEST_CASE("An unknown colour space is another one", "[imaging]") {
  for (const char* space : {"\xB9\xA4"
                            "AY",
                            "Lab ", "XYZ ", "\xFF\xFF\xFF\xFF"}) {
    CHECK(device_space(raw_profile(space, {})) == DeviceSpace::other);
  }
  CHECK(device_space(raw_profile("RGB ", {})) == DeviceSpace::rgb);
  CHECK_FALSE(device_space({}));
}
