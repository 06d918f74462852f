// ICC profiles as lcms2 writes them, and as nobody should.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "nodes/imaging/pixels/image.h"

namespace imagemill::imaging::testing {

// A curve by a gamma, or by a table of `entries`.
Bytes gray_profile(double gamma);
Bytes gray_table_profile(int entries);
// Version 4, with a table for each intent and a curve that contradicts them.
Bytes gray_lut_profile();

// How a CMYK profile stores its table.
enum class Lut { lut8, lut16, a_to_b };
Bytes cmyk_profile(int grid, Lut lut);

// A profile of these tags, whose contents may be anything.
struct RawTag {
  std::string name;
  Bytes data;
};
Bytes raw_profile(const std::string& space, const std::vector<RawTag>& tags);

// Big-endian, one after the other, into a tag.
class TagWriter {
 public:
  explicit TagWriter(const std::string& type) { text(type).u32(0); }
  TagWriter& u8(int value);
  TagWriter& u16(int value);
  TagWriter& u32(std::uint32_t value);
  TagWriter& text(const std::string& four);
  TagWriter& zeros(std::size_t count);
  Bytes bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

// A table that claims a grid of `points` to the power of `channels`, and has `data` bytes of it.
Bytes claimed_lut8(int channels, int points, std::size_t data);
Bytes claimed_lut16(int channels, int points, std::size_t data, int entries = 2);
Bytes claimed_a_to_b(int channels, int points, std::size_t data);
// multiProcessElements, all of them the same identity of 3 × 3.
Bytes repeated_elements(int channels, std::uint32_t count);

}  // namespace imagemill::imaging::testing
