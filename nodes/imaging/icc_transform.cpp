#include "nodes/imaging/icc_transform.h"

#include <lcms2.h>

namespace imagemill::imaging {
namespace {

struct CloseProfile {
  void operator()(void* profile) const { cmsCloseProfile(profile); }
};
using Profile = std::unique_ptr<void, CloseProfile>;

}  // namespace

void IccTransform::Delete::operator()(void* transform) const { cmsDeleteTransform(transform); }

std::optional<IccTransform> IccTransform::to_srgb(const Bytes& profile, std::uint32_t input_format,
                                                  std::uint32_t output_format) {
  const Profile from(
      cmsOpenProfileFromMem(profile.data(), static_cast<cmsUInt32Number>(profile.size())));
  if (!from || _cmsLCMScolorSpace(cmsGetColorSpace(from.get())) !=
                   static_cast<int>(T_COLORSPACE(input_format))) {
    return std::nullopt;
  }
  const Profile srgb(cmsCreate_sRGBProfile());
  // Without the cache of the last pixel, so that a transform has no state.
  void* transform = cmsCreateTransform(from.get(), input_format, srgb.get(), output_format,
                                       INTENT_PERCEPTUAL, cmsFLAGS_NOCACHE | cmsFLAGS_COPY_ALPHA);
  if (transform == nullptr) return std::nullopt;
  return IccTransform(transform);
}

void IccTransform::apply(const void* from, void* to, int pixels) const {
  cmsDoTransform(transform_.get(), from, to, static_cast<cmsUInt32Number>(pixels));
}

}  // namespace imagemill::imaging
