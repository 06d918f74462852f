#include "nodes/imaging/codec/codec_table.h"
#include "nodes/imaging/codec/jpeg/jpeg.h"
#include "nodes/imaging/codec/png/png.h"
#include "tests/imaging/pictures.h"
#include "tests/support/catch.h"

using namespace imagemill::imaging;
using namespace imagemill::imaging::testing;

namespace {

Bytes jpeg_of(const Image& image, const EncodeOptions& options = {}) {
  return JpegEncoder().encode(image, options).value();
}

Header header_of(const Bytes& file) {
  const auto header = read_header(file, {});
  REQUIRE(header);
  REQUIRE(*header);
  return **header;
}

std::string_view fault_of(const Bytes& file) {
  const auto header = read_header(file, {});
  return header ? "none" : header.error().code;
}

}  // namespace

TEST_CASE("Formats are known by signature and by extension", "[imaging]") {
  const Codec* jpeg = codecs().find("jpeg");
  const Codec* png = codecs().find("png");
  CHECK(codecs().sniff(bytes_of("\xFF\xD8\xFF\xE0")) == jpeg);
  CHECK(codecs().sniff(bytes_of("\x89PNG\r\n\x1A\n")) == png);
  CHECK_FALSE(codecs().sniff(bytes_of("\xFF\xD8")));
  CHECK_FALSE(codecs().sniff(bytes_of("\x89PNG\n\x1A\n\n")));
  CHECK_FALSE(codecs().sniff({}));
  CHECK(codecs().of_extension("JPG") == jpeg);
  CHECK(codecs().of_extension("jfif") == jpeg);
  CHECK(codecs().of_extension("aPng") == png);
  CHECK_FALSE(codecs().of_extension("jp"));
  CHECK_FALSE(codecs().of_extension(""));
  CHECK(jpeg->extension() == "jpg");
  CHECK_FALSE(codecs().find("jpg"));
  CHECK(kind_of_extension("JPE") == "JPEG");
  CHECK(kind_of_extension("webp") == "WebP");
  CHECK(kind_of_extension("txt").empty());
  CHECK(kinds_of(codecs().all(), " or ") == "JPEG or PNG");
}

TEST_CASE("A JPEG's header says what decoding will yield", "[imaging]") {
  const Header colour = header_of(jpeg_of(gradient({70, 50}, {3, 8})));
  CHECK(colour.codec == codecs().find("jpeg"));
  CHECK(colour.size == Size{70, 50});
  CHECK(colour.pixels == PixelFormat{3, 8});
  CHECK(colour.orientation == 1);
  CHECK_FALSE(colour.multi_pass);
  CHECK(header_of(jpeg_of(gradient({7, 5}, {1, 8}))).pixels == PixelFormat{1, 8});

  EncodeOptions progressive;
  progressive.progressive = true;
  const Header many = header_of(jpeg_of(gradient({70, 50}, {3, 8}), progressive));
  CHECK(many.multi_pass);
  CHECK(many.codec_bytes > colour.codec_bytes);
}

TEST_CASE("A PNG's header says what decoding will yield", "[imaging]") {
  for (const PixelFormat format : {PixelFormat{1, 8}, {2, 16}, {3, 16}, {4, 8}}) {
    const Header header = header_of(encode_png(gradient({33, 21}, format), {}).value());
    CHECK(header.codec == codecs().find("png"));
    CHECK(header.size == Size{33, 21});
    CHECK(header.pixels == format);
    CHECK_FALSE(header.multi_pass);
  }
}

TEST_CASE("A header cut anywhere asks for more and never faults", "[imaging]") {
  const Bytes jpeg = with_inserted(jpeg_of(gradient({70, 50}, {3, 8})), 2,
                                   jpeg_marker(0xE1, {"Exif\0\0", 6}, exif_block(6)));
  const Bytes png = with_inserted(encode_png(gradient({33, 21}, {4, 8}), {}).value(), kAfterIhdr,
                                  png_chunk("eXIf", exif_block(6)));
  for (const Bytes& file : {jpeg, png}) {
    bool complete = false;
    for (std::size_t bytes = 8; bytes <= file.size(); ++bytes) {
      // A copy, so that a sanitizer sees what is read beyond its end.
      const Bytes cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(bytes));
      const auto header = read_header(cut, {});
      REQUIRE(header);
      REQUIRE((*header || !complete));
      complete = header->has_value();
    }
    CHECK(complete);
    CHECK(header_of(file).orientation == 6);
  }
}

TEST_CASE("The first of several EXIF blocks counts", "[imaging]") {
  Bytes jpeg = jpeg_of(gradient({70, 50}, {3, 8}));
  Bytes png = encode_png(gradient({33, 21}, {4, 8}), {}).value();
  for (const int orientation : {3, 6}) {  // the last one to be inserted comes first
    jpeg = with_inserted(jpeg, 2, jpeg_marker(0xE1, {"Exif\0\0", 6}, exif_block(orientation)));
    png = with_inserted(png, kAfterIhdr, png_chunk("eXIf", exif_block(orientation)));
  }
  CHECK(header_of(jpeg).orientation == 6);
  CHECK(header_of(png).orientation == 6);
}

TEST_CASE("Only so many profiles of a PNG are inspected", "[imaging]") {
  const Bytes png = encode_png(gradient({33, 21}, {3, 8}), {}).value();
  Bytes chunks;
  for (int profiles = 1; profiles <= 17; ++profiles) {
    const Bytes chunk = png_chunk("iCCP", bytes_of({"x\0\0no zlib", 10}));
    chunks.insert(chunks.end(), chunk.begin(), chunk.end());
    const Header header = header_of(with_inserted(png, kAfterIhdr, chunks));
    // A profile that is not inspected counts with the longest length that a chunk may have.
    CHECK(header.profile_bytes == (profiles <= 16 ? 1 : 8'000'000));
  }
  CHECK(same_pixels(decode_png(with_inserted(png, kAfterIhdr, chunks), {}).value(),
                    decode_png(png, {}).value()));
}

TEST_CASE("The orientation swaps the sides that the user sees", "[imaging]") {
  const Bytes jpeg = jpeg_of(gradient({70, 50}, {3, 8}));
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Header header = header_of(
        with_inserted(jpeg, 2, jpeg_marker(0xE1, {"Exif\0\0", 6}, exif_block(orientation, false))));
    CHECK(header.orientation == orientation);
    CHECK(header.size == Size{70, 50});
    CHECK(header.oriented_size() == (orientation < 5 ? Size{70, 50} : Size{50, 70}));
  }
}

TEST_CASE("An APP1 marker that is not EXIF carries no orientation", "[imaging]") {
  const Bytes jpeg = jpeg_of(gradient({70, 50}, {3, 8}));
  const Bytes xmp = jpeg_marker(0xE1, {"http:\0", 6}, exif_block(6));
  CHECK(header_of(with_inserted(jpeg, 2, xmp)).orientation == 1);
}

TEST_CASE("A file of another kind is no image", "[imaging]") {
  CHECK(fault_of({}) == "not_an_image");
  CHECK(fault_of(bytes_of("GIF89a..........")) == "not_an_image");
}

TEST_CASE("Headers that claim too many pixels fault", "[imaging]") {
  const Bytes jpeg = jpeg_of(gradient({8, 8}, {3, 8}));
  CHECK(fault_of(with_jpeg_size(jpeg, 65500, 65500)) == "too_many_pixels");
  CHECK(fault_of(with_jpeg_size(jpeg, 65535, 65535)) == "too_many_pixels");
  CHECK(fault_of(with_jpeg_size(jpeg, 65535, 1)) == "unsupported");

  Bytes png = encode_png(gradient({8, 8}, {1, 8}), {}).value();
  const std::uint8_t side[] = {0, 0, 30000 >> 8, 30000 & 0xFF};
  std::copy(std::begin(side), std::end(side), png.begin() + 16);
  std::copy(std::begin(side), std::end(side), png.begin() + 20);
  CHECK(fault_of(png) == "too_many_pixels");
  CHECK(decode_png(png, {}).error().code == "too_many_pixels");
}

TEST_CASE("Damaged headers are corrupt", "[imaging]") {
  Bytes jpeg = jpeg_of(gradient({8, 8}, {3, 8}));
  jpeg[find_marker(jpeg, 0xDB) + 4] = 0x0F;  // the number of a quantisation table
  CHECK(fault_of(jpeg) == "corrupt");

  Bytes png = encode_png(gradient({8, 8}, {1, 8}), {}).value();
  png[24] = 3;  // bits
  CHECK(fault_of(png) == "corrupt");
  CHECK(fault_of(bytes_of("\x89PNG\r\n\x1A\nthis is no chunk but only text")) == "corrupt");
}

TEST_CASE("What no header reader looks into is dropped, or passed over", "[imaging]") {
  constexpr std::size_t kSegment = 5002;
  const auto segment = [](std::uint8_t marker, std::string_view text) {
    Bytes bytes(kSegment, 'x');
    bytes[0] = 0xFF;
    bytes[1] = marker;
    bytes[2] = (kSegment - 2) >> 8;
    bytes[3] = (kSegment - 2) & 0xFF;
    std::copy(text.begin(), text.end(), bytes.begin() + 4);
    return bytes;
  };
  const Bytes exif = segment(0xE1, {"Exif\0\0", 6});
  const Bytes xmp = segment(0xE1, "http://ns.adobe.com/xap/1.0/");
  const Bytes icc = segment(0xE2, {"ICC_PROFILE\0\1\1", 14});
  const Bytes comment = segment(0xFE, "nothing");
  const Bytes jpeg = jpeg_of(gradient({70, 50}, {3, 8}));
  Bytes file(jpeg.begin(), jpeg.begin() + 2);
  for (const Bytes* part : {&xmp, &exif, &comment, &icc, &exif, &xmp}) {
    file.insert(file.end(), part->begin(), part->end());
  }
  file.insert(file.end(), jpeg.begin() + 2, jpeg.end());
  const Header whole = header_of(file);

  for (std::size_t piece : {100, 777, 6000}) {
    Bytes head;
    std::size_t most = 0;
    for (std::size_t at = 0; at < file.size();) {
      const std::size_t end = std::min(file.size(), at + piece);
      head.insert(head.end(), file.begin() + static_cast<std::ptrdiff_t>(at),
                  file.begin() + static_cast<std::ptrdiff_t>(end));
      most = std::max(most, head.size());
      at = end;
      const auto header = read_header(head, {});
      REQUIRE(header);
      if (*header) {
        CHECK((*header)->size == whole.size);
        CHECK((*header)->profile_bytes == whole.profile_bytes);
        break;
      }
      at += drop_unread(head);
      REQUIRE(at < file.size());
    }
    // One Exif block, the profile, the tables, and what was read last.
    CHECK(most <= 2 * kSegment + 1000 + std::max(piece, kSegment));
  }

  Bytes png = encode_png(gradient({70, 50}, {3, 8}), {}).value();
  Bytes text(1'000'012, 'x');
  const std::string_view head = {"\x00\x0F\x42\x40tEXt", 8};
  std::copy(head.begin(), head.end(), text.begin());
  png.insert(png.begin() + 33, text.begin(), text.end());
  Bytes begun(png.begin(), png.begin() + 1000);
  CHECK_FALSE(*read_header(begun, {}));
  const std::uint64_t ahead = drop_unread(begun);
  CHECK(begun.size() == 33);
  CHECK(1000 + ahead == 33 + text.size());
  begun.insert(begun.end(), png.begin() + static_cast<std::ptrdiff_t>(1000 + ahead), png.end());
  CHECK(header_of(begun).size == Size{70, 50});
}
