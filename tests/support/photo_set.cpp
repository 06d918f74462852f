#include "tests/support/photo_set.h"

#include <fstream>
#include <iterator>

#include "tests/imaging/codec/jpeg_files.h"

namespace imagemill::testing {
namespace {

namespace fs = std::filesystem;

// Smooth with a little noise: what makes rounding visible.
Image photo(Size size, PixelFormat format, unsigned seed) {
  const Image smooth = gradient(size, format);
  const Image grain = noise(size, format, seed);
  return paint(size, format, [&](int x, int y, int c) {
    return (7 * sample(smooth, x, y, c) + sample(grain, x, y, c)) / 8;
  });
}

PhotoSet make_photo_set() {
  PhotoSet set;
  Files& files = set.files;
  files["large.jpg"] = jpeg_file(photo({903, 601}, {3, 8}, 1));
  files["progressive.jpeg"] =
      jpeg_file(photo({331, 197}, {3, 8}, 2), {90, imaging::Subsampling::s444, true});
  files["gray.jpg"] = jpeg_file(photo({150, 211}, {1, 8}, 3));
  files["cmyk.jpg"] = cmyk_jpeg({200, 100, 50, 128}, false, {});
  files["ycck.jpg"] = cmyk_jpeg({20, 100, 250, 228}, true, {});
  for (const int orientation : {3, 6, 7}) {
    files["turned/" + std::to_string(orientation) + ".JPG"] =
        with_orientation(jpeg_file(photo({400, 301}, {3, 8}, 4)), orientation);
  }
  files["with profile.jpg"] = jpeg_file(with_profile(photo({90, 61}, {3, 8}, 5), rgb_profile()));
  files["png/rgb.png"] = png_file(photo({200, 133}, {3, 8}, 6));
  files["png/rgba.png"] = png_file(photo({129, 130}, {4, 8}, 7));
  files["png/gray.png"] = png_file(photo({65, 33}, {1, 8}, 8));
  files["png/gray alpha 16.png"] = png_file(photo({64, 48}, {2, 16}, 9));
  files["png/16 bit.png"] = png_file(photo({140, 90}, {3, 16}, 10));
  files["png/palette.png"] = palette_png();
  files["png/interlaced.png"] = interlaced_png(photo({77, 99}, {3, 8}, 11));
  files["png/one pixel.png"] = png_file(photo({1, 1}, {4, 8}, 12));
  files["größe/Übersicht.jpg"] = jpeg_file(photo({160, 120}, {3, 8}, 13));

  const Bytes whole = jpeg_file(photo({120, 80}, {3, 8}, 14));
  files["broken/cut.jpg"] = Bytes(whole.begin(), whole.begin() + 2000);
  files["broken/text.jpg"] = bytes_of("this is no image");
  files["broken/empty.png"] = {};
  set.broken = {"broken/cut.jpg", "broken/text.jpg", "broken/empty.png"};
  files["notes.txt"] = bytes_of("ignored");
  set.ignored = {"notes.txt"};
  return set;
}

}  // namespace

const PhotoSet& photo_set() {
  static const PhotoSet set = make_photo_set();
  return set;
}

void write_files(const fs::path& folder, const Files& files) {
  for (const auto& [path, bytes] : files) {
    const fs::path target = folder / path;
    fs::create_directories(target.parent_path());
    std::ofstream(target, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
}

Files read_files(const fs::path& folder) {
  Files files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const fs::path name = entry.path().lexically_relative(folder);
    if (std::find(name.begin(), name.end(), ".imagemill") != name.end()) continue;
    files[name.string()] = read_bytes(entry.path());
  }
  return files;
}

Bytes read_bytes(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
}

}  // namespace imagemill::testing
