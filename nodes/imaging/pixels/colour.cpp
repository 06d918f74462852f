#include "nodes/imaging/pixels/colour.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <lcms2.h>

#include "nodes/imaging/pixels/icc_profile.h"
#include "nodes/imaging/pixels/icc_transform.h"

namespace imagemill::imaging {
namespace {

// Calls `convert(from, to)` with the rows of both as samples of type T.
template <class T, class Convert>
void for_each_row(const Image& from, Image& to, const Convert& convert) {
  for (int y = 0; y < from.height(); ++y) {
    convert(reinterpret_cast<const T*>(from.row(y)), reinterpret_cast<T*>(to.mutable_row(y)));
  }
}

// Computes (v·a + b·(max−a)) / max, rounded. In 16 bits every term is below 2^32.
template <class T>
T blend(T value, std::uint32_t alpha, T background) {
  constexpr std::uint32_t kMax = static_cast<T>(~T{0});
  return static_cast<T>((value * alpha + background * (kMax - alpha) + kMax / 2) / kMax);
}

template <class T, int kColours>
void flatten_rows(const Image& from, Image& to, const std::uint8_t (&background)[3]) {
  T over[kColours];
  for (int c = 0; c < kColours; ++c)
    over[c] = static_cast<T>(background[c] * (sizeof(T) == 1 ? 1 : 257));
  for_each_row<T>(from, to, [&](const T* in, T* out) {
    for (int x = 0; x < from.width(); ++x, in += kColours + 1, out += kColours) {
      const std::uint32_t alpha = in[kColours];
      for (int c = 0; c < kColours; ++c) out[c] = blend<T>(in[c], alpha, over[c]);
    }
  });
}

template <class T>
void repeat_gray(const Image& from, Image& to) {
  const bool alpha = from.format().has_alpha();
  for_each_row<T>(from, to, [&](const T* in, T* out) {
    for (int x = 0; x < from.width(); ++x) {
      const T gray = *in++;
      for (int c = 0; c < 3; ++c) *out++ = gray;
      if (alpha) *out++ = *in++;
    }
  });
}

Result<IccTransform> gray_to_srgb(const Bytes& profile, PixelFormat format) {
  const auto conversion = conversion_profile(profile, DeviceSpace::gray);
  if (!conversion) return tl::make_unexpected(conversion.error());
  const bool wide = format.bits == 16;
  if (format.has_alpha()) {
    return IccTransform::to_srgb(*conversion, wide ? TYPE_GRAYA_16 : TYPE_GRAYA_8,
                                 wide ? TYPE_RGBA_16 : TYPE_RGBA_8);
  }
  return IccTransform::to_srgb(*conversion, wide ? TYPE_GRAY_16 : TYPE_GRAY_8,
                               wide ? TYPE_RGB_16 : TYPE_RGB_8);
}

// Why a picture of `format` cannot carry the profile; empty if it can.
std::string why_not(const Bytes& profile, PixelFormat format, TriedProfile* tried) {
  if (!format.is_gray()) {
    return device_space(profile) == DeviceSpace::rgb ? ""
                                                     : "the embedded profile is not an "
                                                       "RGB profile";
  }
  if (tried != nullptr) {
    if (const std::string* known = tried->why_not(profile, format)) return *known;
  }
  const auto transform = gray_to_srgb(profile, format);
  std::string why = transform ? "" : transform.error().message;
  if (tried != nullptr) tried->keep(profile, format, why);
  return why;
}

}  // namespace

Image to_8_bit(Image image) {
  if (image.format().bits == 8) return image;
  const int channels = image.format().channels;
  Image result = blank_like(image, {channels, 8});
  const int samples = image.width() * channels;
  for (int y = 0; y < image.height(); ++y) {
    const std::uint16_t* in = image.row16(y);
    std::uint8_t* out = result.mutable_row(y);
    // v·255/65535 = v/257, and no v lies halfway between two results.
    for (int i = 0; i < samples; ++i) {
      out[i] = static_cast<std::uint8_t>((static_cast<std::uint32_t>(in[i]) + 128) / 257);
    }
  }
  return result;
}

Image flatten(Image image, Rgb background) {
  if (!image.format().has_alpha()) return image;
  if (image.format().is_gray() && !background.is_gray()) image = to_rgb(std::move(image));
  const PixelFormat format = image.format();
  Image result = blank_like(image, {format.channels - 1, format.bits});
  const std::uint8_t over[3] = {background.r, background.g, background.b};
  if (format.bits == 8) {
    format.is_gray() ? flatten_rows<std::uint8_t, 1>(image, result, over)
                     : flatten_rows<std::uint8_t, 3>(image, result, over);
  } else {
    format.is_gray() ? flatten_rows<std::uint16_t, 1>(image, result, over)
                     : flatten_rows<std::uint16_t, 3>(image, result, over);
  }
  return result;
}

Image to_rgb(Image image) {
  const PixelFormat format = image.format();
  if (!format.is_gray()) return image;
  Image result = blank_like(image, {format.channels + 2, format.bits});
  std::optional<Result<IccTransform>> transform;
  if (image.icc()) transform = gray_to_srgb(*image.icc(), format);
  if (transform && *transform) {
    for (int y = 0; y < image.height(); ++y) {
      (*transform)->apply(image.row(y), result.mutable_row(y), image.width());
    }
  } else if (format.bits == 8) {
    repeat_gray<std::uint8_t>(image, result);
  } else {
    repeat_gray<std::uint16_t>(image, result);
  }
  return result;
}

std::size_t to_rgb_bytes(std::size_t profile_bytes) {
  if (profile_bytes == 0) return 0;
  return IccTransform::kGrayMemoryBound + std::min(profile_bytes, kMaxGrayTags);
}

const std::string* TriedProfile::why_not(const Bytes& profile, PixelFormat format) const {
  return !profile_.empty() && format_ == format && profile_ == profile ? &why_not_ : nullptr;
}

void TriedProfile::keep(const Bytes& profile, PixelFormat format, const std::string& why_not) {
  constexpr std::size_t kLong = std::size_t{16} << 10;
  profile_.clear();
  if (profile.size() > kLong) return;
  why_not_ = why_not;
  format_ = format;
  profile_ = profile;
}

void carry_profile(Image& image, SharedBytes profile,
                   const std::function<void(std::string why)>& dropped, TriedProfile* tried) {
  std::string why = why_not(*profile, image.format(), tried);
  if (why.empty()) {
    image.set_icc(std::move(profile));
  } else if (dropped) {
    dropped(std::move(why));
  }
}

}  // namespace imagemill::imaging
