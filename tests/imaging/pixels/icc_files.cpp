#include "tests/imaging/pixels/icc_files.h"

#include <algorithm>

#include <lcms2.h>

namespace imagemill::imaging::testing {
namespace {

Bytes saved(cmsHPROFILE profile) {
  cmsUInt32Number size = 0;
  cmsSaveProfileToMem(profile, nullptr, &size);
  Bytes bytes(size);
  cmsSaveProfileToMem(profile, bytes.data(), &size);
  cmsCloseProfile(profile);
  return bytes;
}

// Ends so, as a whole profile of one curve.
Bytes gray_of(cmsToneCurve* curve) {
  Bytes profile = saved(cmsCreateGrayProfile(cmsD50_xyY(), curve));
  cmsFreeToneCurve(curve);
  return profile;
}

template <std::size_t count>
void insert_curves(cmsPipeline* pipeline, double gamma) {
  std::array<cmsToneCurve*, count> curves;
  for (auto& curve : curves) curve = cmsBuildGamma(nullptr, gamma);
  cmsPipelineInsertStage(pipeline, cmsAT_END,
                         cmsStageAllocToneCurves(nullptr, count, curves.data()));
  for (auto& curve : curves) cmsFreeToneCurve(curve);
}

void insert_grid(cmsPipeline* pipeline, int points, unsigned channels, cmsSAMPLER16 sampler) {
  cmsStage* grid =
      cmsStageAllocCLut16bit(nullptr, static_cast<cmsUInt32Number>(points), channels, 3, nullptr);
  cmsStageSampleCLut16bit(grid, sampler, nullptr, 0);
  cmsPipelineInsertStage(pipeline, cmsAT_END, grid);
}

cmsHPROFILE device(cmsColorSpaceSignature space, double version) {
  cmsHPROFILE profile = cmsCreateProfilePlaceholder(nullptr);
  cmsSetProfileVersion(profile, version);
  cmsSetDeviceClass(profile, cmsSigOutputClass);
  cmsSetColorSpace(profile, space);
  cmsSetPCS(profile, cmsSigLabData);
  return profile;
}

}  // namespace

Bytes gray_profile(double gamma) { return gray_of(cmsBuildGamma(nullptr, gamma)); }

Bytes gray_table_profile(int entries) {
  std::vector<cmsUInt16Number> table(static_cast<std::size_t>(entries));
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i] = static_cast<cmsUInt16Number>(0xFFFF * i * i / (table.size() * table.size()));
  }
  return gray_of(
      cmsBuildTabulatedToneCurve16(nullptr, static_cast<cmsUInt32Number>(entries), table.data()));
}

Bytes gray_lut_profile() {
  cmsHPROFILE profile = device(cmsSigGrayData, 4.3);
  for (const auto& [tag, gamma] :
       {std::pair(cmsSigAToB0Tag, 1.4), std::pair(cmsSigAToB1Tag, 1.6)}) {
    cmsPipeline* pipeline = cmsPipelineAlloc(nullptr, 1, 3);
    insert_curves<1>(pipeline, gamma);
    insert_grid(pipeline, 33, 1,
                [](const cmsUInt16Number in[], cmsUInt16Number out[], void*) -> cmsInt32Number {
                  out[0] = static_cast<cmsUInt16Number>(in[0] - in[0] / 50 + 600);
                  out[1] = out[2] = 0x8080;
                  return TRUE;
                });
    insert_curves<3>(pipeline, 1.0);
    cmsWriteTag(profile, tag, pipeline);
    cmsPipelineFree(pipeline);
  }
  cmsToneCurve* curve = cmsBuildGamma(nullptr, 3.0);
  cmsWriteTag(profile, cmsSigGrayTRCTag, curve);
  cmsFreeToneCurve(curve);
  return saved(profile);
}

Bytes cmyk_profile(int grid, Lut lut) {
  cmsHPROFILE profile = device(cmsSigCmykData, lut == Lut::a_to_b ? 4.3 : 2.1);
  cmsPipeline* pipeline = cmsPipelineAlloc(nullptr, 4, 3);
  // lcms2 writes no other curves in 8 bits.
  const bool curved = lut != Lut::lut8;
  insert_curves<4>(pipeline, curved ? 1.3 : 1.0);
  insert_grid(pipeline, grid, 4,
              [](const cmsUInt16Number in[], cmsUInt16Number out[], void*) -> cmsInt32Number {
                out[0] = static_cast<cmsUInt16Number>(0xFF00 - in[3] / 2 - in[0] / 6 - in[1] / 6 -
                                                      in[2] / 12);
                out[1] = static_cast<cmsUInt16Number>(0x8000 + in[1] / 5 - in[0] / 5);
                out[2] = static_cast<cmsUInt16Number>(0x8000 + in[2] / 5 - in[0] / 6);
                return TRUE;
              });
  insert_curves<3>(pipeline, curved ? 1.1 : 1.0);
  cmsPipelineSetSaveAs8bitsFlag(pipeline, lut == Lut::lut8);
  cmsWriteTag(profile, cmsSigAToB0Tag, pipeline);
  cmsPipelineFree(pipeline);
  return saved(profile);
}

TagWriter& TagWriter::u8(int value) {
  bytes_.push_back(static_cast<std::uint8_t>(value));
  return *this;
}
TagWriter& TagWriter::u16(int value) { return u8(value >> 8).u8(value); }
TagWriter& TagWriter::u32(std::uint32_t value) {
  return u16(static_cast<int>(value >> 16)).u16(static_cast<int>(value & 0xFFFF));
}
TagWriter& TagWriter::text(const std::string& four) {
  for (const char c : four) u8(c);
  return *this;
}
TagWriter& TagWriter::zeros(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) u8(0);
  return *this;
}

Bytes raw_profile(const std::string& space, const std::vector<RawTag>& tags) {
  TagWriter profile("size");  // patched below
  profile.u32(0x02100000).text("prtr").text(space).text("Lab ").zeros(12).text("acsp");
  profile.zeros(128 - profile.bytes().size()).u32(static_cast<std::uint32_t>(tags.size()));
  auto offset = static_cast<std::uint32_t>(132 + 12 * tags.size());
  for (const RawTag& tag : tags) {
    const auto size = static_cast<std::uint32_t>(tag.data.size());
    profile.text(tag.name).u32(offset).u32(size);
    offset += size;
  }
  Bytes bytes = profile.bytes();
  for (const RawTag& tag : tags) bytes.insert(bytes.end(), tag.data.begin(), tag.data.end());
  TagWriter size("mock");
  size.u32(static_cast<std::uint32_t>(bytes.size()));
  std::copy_n(size.bytes().begin() + 8, 4, bytes.begin());
  return bytes;
}

Bytes claimed_lut8(int channels, int points, std::size_t data) {
  TagWriter tag("mft1");
  tag.u8(channels).u8(3).u8(points).u8(0).zeros(36);
  return tag.zeros(static_cast<std::size_t>(256 * (channels + 3)) + data).bytes();
}

Bytes claimed_lut16(int channels, int points, std::size_t data, int entries) {
  TagWriter tag("mft2");
  tag.u8(channels).u8(3).u8(points).u8(0).zeros(36).u16(entries).u16(entries);
  return tag.zeros(static_cast<std::size_t>(2 * std::min(entries, 4096) * (channels + 3)) + data)
      .bytes();
}

Bytes claimed_a_to_b(int channels, int points, std::size_t data) {
  constexpr std::uint32_t kCurves = 32;
  const std::uint32_t grid = kCurves + 7 * 12;
  TagWriter tag("mAB ");
  tag.u8(channels).u8(3).u16(0).u32(kCurves).u32(0).u32(0).u32(grid).u32(kCurves);
  for (int i = 0; i < 7; ++i) tag.text("curv").u32(0).u32(0);
  for (int i = 0; i < 16; ++i) tag.u8(i < channels ? points : 0);
  return tag.u8(1).zeros(3 + data).bytes();
}

Bytes repeated_elements(int channels, std::uint32_t count) {
  TagWriter tag("mpet");
  tag.u16(channels).u16(3).u32(count);
  const std::uint32_t element = 16 + 8 * count;
  for (std::uint32_t i = 0; i < count; ++i) tag.u32(element).u32(12 + 12 * 4);
  tag.text("matf").u32(0).u16(3).u16(3);
  for (int i = 0; i < 9; ++i) tag.u32(i % 4 == 0 ? 0x3F800000 : 0);
  return tag.zeros(12).bytes();
}

}  // namespace imagemill::imaging::testing
