#include "tests/imaging/codec/jpeg_files.h"

#include <cstdio>
#include <cstdlib>
#include <vector>

#include <jpeglib.h>
#include <lcms2.h>
#include <malloc.h>

namespace imagemill::imaging::testing {
namespace {

constexpr int kSide = 16;

// Encodes rows of samples; libjpeg's own error handling ends the test program.
template <class Configure>
Bytes write_jpeg(Size size, int components, J_COLOR_SPACE space,
                 const std::function<const std::uint8_t*(int)>& row, const Bytes& profile,
                 const Configure& configure) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* memory = nullptr;
  unsigned long bytes = 0;
  jpeg_mem_dest(&jpeg, &memory, &bytes);
  jpeg.image_width = static_cast<JDIMENSION>(size.width);
  jpeg.image_height = static_cast<JDIMENSION>(size.height);
  jpeg.input_components = components;
  jpeg.in_color_space = space;
  jpeg_set_defaults(&jpeg);
  configure(jpeg);
  jpeg_start_compress(&jpeg, TRUE);
  if (!profile.empty()) {
    jpeg_write_icc_profile(&jpeg, profile.data(), static_cast<unsigned>(profile.size()));
  }
  while (jpeg.next_scanline < jpeg.image_height) {
    JSAMPROW rows[] = {const_cast<JSAMPROW>(row(static_cast<int>(jpeg.next_scanline)))};
    jpeg_write_scanlines(&jpeg, rows, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  Bytes file(memory, memory + bytes);
  std::free(memory);
  return file;
}

// Rows of `pixel` repeated.
template <class Configure>
Bytes plain_jpeg(J_COLOR_SPACE space, const std::vector<std::uint8_t>& pixel, const Bytes& profile,
                 const Configure& configure) {
  std::vector<std::uint8_t> row;
  for (int x = 0; x < kSide; ++x) row.insert(row.end(), pixel.begin(), pixel.end());
  return write_jpeg(
      {kSide, kSide}, static_cast<int>(pixel.size()), space, [&](int) { return row.data(); },
      profile,
      [&](jpeg_compress_struct& jpeg) {
        jpeg_set_quality(&jpeg, 95, TRUE);
        configure(jpeg);
      });
}

std::size_t heap_in_use() {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
#else
  return 0;
#endif
}

}  // namespace

Bytes libjpeg_file(const Image& image,
                   const std::function<void(jpeg_compress_struct&)>& configure) {
  const int channels = image.format().channels;
  return write_jpeg(
      image.size(), channels, channels == 1 ? JCS_GRAYSCALE : JCS_RGB,
      [&](int y) { return image.row(y); }, {},
      [&](jpeg_compress_struct& jpeg) {
        jpeg_set_quality(&jpeg, 90, TRUE);
        configure(jpeg);
      });
}

ScanData scan_data(const Bytes& jpeg, int number) {
  std::size_t at = 2;
  for (int scan = 0;; ++scan) {
    const auto length = [&] { return std::size_t{2} + (jpeg[at + 2] << 8 | jpeg[at + 3]); };
    while (jpeg[at + 1] != 0xDA) at += length();
    const std::size_t begin = at + length();
    at = begin;
    while (jpeg[at] != 0xFF || jpeg[at + 1] == 0 || (jpeg[at + 1] & 0xF8) == JPEG_RST0) ++at;
    if (scan == number) return {begin, at};
  }
}

Bytes cmyk_jpeg(const std::array<std::uint8_t, 4>& colour, bool ycck, const Bytes& profile) {
  return plain_jpeg(JCS_CMYK, {colour.begin(), colour.end()}, profile,
                    [&](jpeg_compress_struct& jpeg) {
                      if (ycck) jpeg_set_colorspace(&jpeg, JCS_YCCK);
                      jpeg.write_Adobe_marker = TRUE;
                    });
}

Bytes black_only_profile() {
  cmsHPROFILE profile = cmsCreateProfilePlaceholder(nullptr);
  cmsSetProfileVersion(profile, 2.1);
  cmsSetDeviceClass(profile, cmsSigOutputClass);
  cmsSetColorSpace(profile, cmsSigCmykData);
  cmsSetPCS(profile, cmsSigLabData);
  cmsPipeline* pipeline = cmsPipelineAlloc(nullptr, 4, 3);
  cmsStage* table = cmsStageAllocCLut16bit(nullptr, 2, 4, 3, nullptr);
  cmsStageSampleCLut16bit(
      table,
      [](const cmsUInt16Number in[], cmsUInt16Number out[], void*) -> cmsInt32Number {
        out[0] = static_cast<cmsUInt16Number>((0xFFFF - in[3]) * 0xFF00LL / 0xFFFF);
        out[1] = out[2] = 0x8000;
        return TRUE;
      },
      nullptr, 0);
  cmsPipelineInsertStage(pipeline, cmsAT_BEGIN, table);
  cmsWriteTag(profile, cmsSigAToB0Tag, pipeline);
  cmsPipelineFree(pipeline);
  cmsUInt32Number size = 0;
  cmsSaveProfileToMem(profile, nullptr, &size);
  Bytes bytes(size);
  cmsSaveProfileToMem(profile, bytes.data(), &size);
  cmsCloseProfile(profile);
  return bytes;
}

Bytes many_scans_jpeg() {
  std::vector<jpeg_scan_info> script;
  script.push_back({3, {0, 1, 2, 0}, 0, 0, 0, 0});
  for (int component = 0; component < 3; ++component) {
    for (int k = 1; k < DCTSIZE2; ++k) script.push_back({1, {component, 0, 0, 0}, k, k, 0, 0});
  }
  return plain_jpeg(JCS_RGB, {10, 20, 30}, {}, [&](jpeg_compress_struct& jpeg) {
    jpeg.scan_info = script.data();
    jpeg.num_scans = static_cast<int>(script.size());
  });
}

std::size_t libjpeg_heap(const Bytes& file, unsigned denominator) {
  std::vector<JSAMPLE> row(std::size_t{3} * JPEG_MAX_DIMENSION);
  const std::size_t before = heap_in_use();
  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, file.data(), file.size());
  jpeg_read_header(&jpeg, TRUE);
  jpeg.scale_num = 1;
  jpeg.scale_denom = denominator;
  jpeg_start_decompress(&jpeg);
  JSAMPROW rows[] = {row.data()};
  while (jpeg.output_scanline < jpeg.output_height) jpeg_read_scanlines(&jpeg, rows, 1);
  const std::size_t used = heap_in_use() - before;
  jpeg_destroy_decompress(&jpeg);
  return used;
}

}  // namespace imagemill::imaging::testing
