// A codec: all that the program knows of one format of picture files. It is a row of the table in
// codec_table.h, and is usually filled in by a function beside its decoder (jpeg/jpeg.cpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/imaging/codec/encoded.h"
#include "nodes/imaging/pixels/image.h"
#include "nodes/imaging/pixels/result.h"

namespace imagemill::imaging {

// Decodes files of one format, one after another. Nothing of a file, such as its tables, affects
// the next. Not thread-safe: use one for each thread.
class Decoder {
 public:
  virtual ~Decoder() = default;

  // Decodes `file` at 1/denominator of its size (one of Codec::denominators; sizes round up), not
  // yet oriented. full_size() and cover() describe the shrinking. The picture has the format that
  // its header says (Header::pixels). A profile that fits the pixels is carried; another one is
  // dropped, which `limits` is told.
  //
  // `memory_limit` caps what the format's library allocates, in bytes, where the library can be
  // told; 0 sets no limit. Memory beside the result: at most Header::codec_bytes. Faults:
  // not_an_image, corrupt, truncated, unsupported, too_many_pixels, too_many_scans, out_of_memory,
  // interrupted.
  virtual Result<Image> decode(std::span<const std::uint8_t> file, int denominator,
                               const DecodeLimits& limits, std::size_t memory_limit) = 0;
};

enum class Subsampling { s420, s422, s444 };

// What may be asked of an encoder. Each one heeds the options that its codec names.
struct EncodeOptions {
  int quality = 85;                             // 1 to 100
  Subsampling subsampling = Subsampling::s420;  // of chroma
  bool progressive = false;                     // whether it is shown coarse to fine
  int level = 6;  // effort of lossless compression, 0 (none) to 9 (smallest)
  GiveUp give_up = nullptr;
  // Called with the reason if the picture's profile is not embedded; null skips the call.
  std::function<void(std::string why)> profile_dropped = nullptr;
};

// Upper bounds of encoding one picture, in bytes.
struct EncodeBounds {
  std::size_t file = 0;     // the encoded file
  std::size_t scratch = 0;  // what encoding allocates beside it
};

// Encodes pictures into files of one format, one after another. Nothing of a picture affects the
// next. Not thread-safe: use one for each thread.
class Encoder {
 public:
  virtual ~Encoder() = default;

  // Encodes `image` and embeds its profile. Requires: pixels that Codec::carries. Faults:
  // unsupported (a size that the format lacks), interrupted.
  virtual Result<Bytes> encode(const Image& image, const EncodeOptions& options) = 0;
};

// What a format can hold of a picture. `encode` removes the rest before it encodes.
struct Carries {
  bool alpha = false;
  bool deep = false;  // 16 bits for each sample
  bool profile = false;
};

// One row of the table. All texts have static storage.
struct Codec {
  std::string_view name;  // in YAML and in conditions: "jpeg"
  std::string_view kind;  // for people: "JPEG"
  // Usual extensions of files, in lower case without a dot. The first is that of written files.
  std::vector<std::string_view> extensions;

  // Whether a file that begins with `head` has the format's signature. Sixteen bytes are enough.
  bool (*opens)(std::span<const std::uint8_t> head) = nullptr;
  // Reads the header as imaging::read_header does. Requires: opens(head).
  Result<std::optional<Header>> (*read_header)(std::span<const std::uint8_t> head,
                                               const DecodeLimits& limits) = nullptr;
  // Removes unread parts as imaging::drop_unread does. Null: the header has no such parts.
  std::uint64_t (*drop_unread)(Bytes& head) = nullptr;
  std::unique_ptr<Decoder> (*make_decoder)() = nullptr;
  // By what it shrinks while it decodes: ascending, from 1.
  std::vector<int> denominators = {1};

  // Null in a codec that only reads; then the members below say nothing.
  std::unique_ptr<Encoder> (*make_encoder)() = nullptr;
  Carries carries = {};
  std::vector<std::string_view> options = {};  // members of EncodeOptions that it heeds, by name
  // The bounds for a picture of this size and format with a profile of `profile_bytes`.
  EncodeBounds (*encode_bounds)(Size size, PixelFormat format, const EncodeOptions& options,
                                std::size_t profile_bytes) = nullptr;

  std::string_view extension() const { return extensions.front(); }
};

}  // namespace imagemill::imaging
