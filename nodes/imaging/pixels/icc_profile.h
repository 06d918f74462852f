// Embedded ICC profiles as untrusted bytes (ICC.1:2022): what is read of them here is checked
// first, and nothing else of them reaches lcms2. Thread-safe, without state.
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

// From the header of a profile; nullopt where `profile` has no header of a known version (5.0 at
// most) and class, no whole table of tags, or two tags of one name. A tag that lies outside the
// profile is none.
std::optional<DeviceSpace> device_space(std::span<const std::uint8_t> profile);

// The most data in the tags of what conversion_profile makes of gray or CMYK: lcms2 allocates some
// five times as much, and fits its allowance (icc_transform.h) with all of it.
inline constexpr std::size_t kMaxGrayTags = std::size_t{128} << 10;
inline constexpr std::size_t kMaxCmykTags = std::size_t{4} << 20;

// A copy of `profile` with no more tags than lcms2 reads to convert samples of `space` by its
// perceptual intent: AToB0; for gray also AToB1 and the curve of gray. Each of them has a type of
// ICC version 2 or 4 (lut8, lut16, lutAToB, curve, parametricCurve) and all the data that it
// claims, so that what lcms2 allocates is at most a few times as long. DToB tags, of which a
// profile has an AToB as well, are left out: their elements may share data, and so cost more than
// any bound that follows from the size. Requires: gray or cmyk. Fault: profile_dropped. Cost: a
// copy.
Result<Bytes> conversion_profile(std::span<const std::uint8_t> profile, DeviceSpace space);

}  // namespace imagemill::imaging
