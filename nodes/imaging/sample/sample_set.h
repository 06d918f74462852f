// A folder of sample photos as plain data: the picture of each file, and its encoding.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "nodes/imaging/codec/codec_table.h"
#include "nodes/imaging/sample/sample_photo.h"

namespace imagemill::imaging {

// One file of the set.
struct SampleFile {
  std::string path;  // relative, with '/': "landscapes/landscape-0001.jpg"
  SampleScene scene = SampleScene::landscape;
  Size size;  // as it is seen, orientation applied
  std::uint64_t seed = 0;
  const Codec* codec = codecs().find("jpeg");
  bool progressive = false;  // JPEG only
  int orientation = 1;       // EXIF; JPEG only
  bool gray = false;
  bool cutout = false;  // with alpha (see sample_cutout); PNG only
};

// The `index`-th file (from 0) of the set of `seed`; it does not depend on the number of files.
// Scenes take turns.
//
// Without `size` the files are those of a website's folder: sizes from 240 to 1600 pixels in all
// shapes, most of them baseline JPEG. Of every 40, three are progressive, four have an EXIF
// orientation, three are gray and three are PNG, one with alpha. With `size` they are what a camera
// writes: baseline JPEGs of that size, some with an orientation.
SampleFile sample_file(int index, std::optional<Size> size, std::uint64_t seed);

// Makes the file's bytes: JPEG at quality 90 and 4:2:0, or PNG. The same file gives the same bytes
// everywhere with the same codec library. Thread-safe. Fault: unsupported (a size that the format
// lacks).
Result<Bytes> make_sample(const SampleFile& file);

}  // namespace imagemill::imaging
