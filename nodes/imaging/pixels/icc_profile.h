// Embedded ICC profiles as untrusted bytes (ICC.1:2022). Whatever is read of a profile here is
// checked first; no other part of a profile reaches lcms2. Thread-safe, without state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "nodes/imaging/pixels/image.h"
#include "nodes/imaging/pixels/result.h"

namespace imagemill::imaging {

// The colour space of the samples that a profile describes.
enum class DeviceSpace { gray, rgb, cmyk, other };

// The colour space in the header of `profile`. nullopt without a header of a known version (5.0 at
// most) and class. Also nullopt if the table of tags is incomplete, or two tags have one name. A
// tag that lies outside the profile is ignored.
std::optional<DeviceSpace> device_space(std::span<const std::uint8_t> profile);

// Limit on the tag data of a gray profile that conversion_profile() makes, in bytes. lcms2
// allocates some five times as much, which fits the bounds in icc_transform.h.
inline constexpr std::size_t kMaxGrayTags = std::size_t{128} << 10;
// Limit on the tag data of a CMYK profile, likewise in bytes.
inline constexpr std::size_t kMaxCmykTags = std::size_t{4} << 20;

// Copies `profile` with only the tags that lcms2 reads to convert samples of `space` with
// perceptual intent: AToB0; for gray also AToB1 and the gray curve. Each tag has a type of ICC
// version 2 or 4 (lut8, lut16, lutAToB, curve, parametricCurve) and all the data that it claims. So
// lcms2 allocates at most a few times the size of the copy. DToB tags are left out; a profile with
// DToB has AToB as well. The elements of a DToB tag may share data, so no bound on their cost
// follows from the size. Requires: `space` is gray or cmyk. Fault: profile_dropped. Cost: a copy.
Result<Bytes> conversion_profile(std::span<const std::uint8_t> profile, DeviceSpace space);

}  // namespace imagemill::imaging
