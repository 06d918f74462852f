// Costs of the codec libraries alone: their plainest use, without a check, a limit or a graph.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "nodes/imaging/codec/encoded.h"
#include "nodes/imaging/pixels/image.h"

namespace imagemill::bench {

// Reads files and pixels into memory that it keeps. One for each thread. What fails ends the
// program.
class CodecFloor {
 public:
  // libjpeg-turbo, shrunk on load so that `pixels` come out, or libpng. The picture as it is
  // stored, rows without gaps: no orientation, no colour profile.
  std::span<const std::uint8_t> decode(const imaging::Encoded& file, std::int64_t pixels);
  // libjpeg-turbo with its own defaults, at this quality.
  std::span<const std::uint8_t> encode_jpeg(const imaging::Image& image, int quality);

  std::span<const std::uint8_t> read(const std::filesystem::path& file);
  // Writes in place: no temporary file, no rename, no sync.
  static void write(const std::filesystem::path& file, std::span<const std::uint8_t> bytes);

  CodecFloor() = default;
  CodecFloor(const CodecFloor&) = delete;
  CodecFloor& operator=(const CodecFloor&) = delete;
  ~CodecFloor();

 private:
  std::span<const std::uint8_t> decode_jpeg(std::span<const std::uint8_t> file,
                                            std::int64_t pixels);
  std::span<const std::uint8_t> decode_png(std::span<const std::uint8_t> file);

  std::vector<std::uint8_t> pixels_;
  std::vector<std::uint8_t> file_;
  unsigned char* encoded_ = nullptr;  // malloc'd by libjpeg
  unsigned long encoded_room_ = 0;
};

}  // namespace imagemill::bench
