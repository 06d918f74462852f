#include "nodes/imaging/versions.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <ft2build.h>
#include FT_FREETYPE_H
#include <fribidi.h>
#include <hb.h>
#include <jpeglib.h>
#include <lcms2.h>
#include <link.h>
#include <png.h>

namespace imagemill::imaging {
namespace {

// Formats a version number such as 2001005.
std::string dotted(int number) {
  return std::to_string(number / 1'000'000) + "." + std::to_string(number / 1000 % 1000) + "." +
         std::to_string(number % 1000);
}

std::string freetype_version() {
  FT_Library library = nullptr;
  if (FT_Init_FreeType(&library) != 0) return "";
  FT_Int major = 0;
  FT_Int minor = 0;
  FT_Int patch = 0;
  FT_Library_Version(library, &major, &minor, &patch);
  FT_Done_FreeType(library);
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

// Version of the loaded FriBidi, from the first line of fribidi_version_info: "(GNU FriBidi)
// 1.0.8".
std::string fribidi_version() {
  const std::string_view info = fribidi_version_info;
  const std::size_t begin = info.find(") ") + 2;
  return std::string(info.substr(begin, info.find('\n') - begin));
}

int add_library(dl_phdr_info* info, std::size_t /*size*/, void* libraries) {
  static constexpr std::array kNames = {"libjpeg.",     "libpng",      "libz.",    "libfreetype.",
                                        "libharfbuzz.", "libfribidi.", "liblcms2."};
  const std::filesystem::path path = info->dlpi_name;
  const std::string name = path.filename().string();
  if (std::none_of(kNames.begin(), kNames.end(),
                   [&](const char* known) { return name.starts_with(known); })) {
    return 0;
  }
  std::error_code error;
  const auto file = std::filesystem::canonical(path, error);
  static_cast<std::vector<std::string>*>(libraries)->push_back(error ? name
                                                                     : file.filename().string());
  return 0;
}

}  // namespace

std::vector<std::string> loaded_libraries() {
  std::vector<std::string> libraries;
  ::dl_iterate_phdr(add_library, &libraries);
  std::sort(libraries.begin(), libraries.end());
  return libraries;
}

std::vector<std::pair<std::string, std::string>> library_versions() {
  const int lcms = cmsGetEncodedCMMversion();
  return {{"libjpeg-turbo", dotted(LIBJPEG_TURBO_VERSION_NUMBER)},
          {"libpng", png_get_libpng_ver(nullptr)},
          {"FreeType", freetype_version()},
          {"HarfBuzz", hb_version_string()},
          {"FriBidi", fribidi_version()},
          {"lcms2", std::to_string(lcms / 1000) + "." + std::to_string(lcms % 1000 / 10)}};
}

}  // namespace imagemill::imaging
