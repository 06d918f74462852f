#include "nodes/imaging/codec/encoded.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

#include "nodes/imaging/codec/header_readers.h"

namespace imagemill::imaging {
namespace {

constexpr std::array<std::uint8_t, 3> kJpegSignature = {0xFF, 0xD8, 0xFF};
constexpr std::array<std::uint8_t, 8> kPngSignature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

struct Extension {
  std::string_view name;
  Format format;
};
constexpr std::array<Extension, 6> kExtensions = {{{"jpg", Format::jpeg},
                                                   {"jpeg", Format::jpeg},
                                                   {"jpe", Format::jpeg},
                                                   {"jfif", Format::jpeg},
                                                   {"png", Format::png},
                                                   {"apng", Format::png}}};

// Kinds of pictures that are neither read nor written, by their usual extensions.
constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kOtherKinds = {
    {{"webp", "WebP"},
     {"gif", "GIF"},
     {"tif", "TIFF"},
     {"tiff", "TIFF"},
     {"avif", "AVIF"},
     {"heic", "HEIF"},
     {"heif", "HEIF"},
     {"jxl", "JPEG XL"},
     {"jp2", "JPEG 2000"},
     {"bmp", "BMP"},
     {"svg", "SVG"}}};

template <std::size_t n>
bool opens_with(std::span<const std::uint8_t> head, const std::array<std::uint8_t, n>& signature) {
  return head.size() >= n && std::equal(signature.begin(), signature.end(), head.begin());
}

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Whether `word`, in any case, is `lower`, which is in lower case.
bool is_same_word(std::string_view word, std::string_view lower) {
  return std::equal(word.begin(), word.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return to_lower(a) == b; });
}

}  // namespace

std::string_view format_name(Format format) {
  switch (format) {
    case Format::jpeg:
      return "jpeg";
    case Format::png:
      return "png";
    case Format::dzi:
      return "dzi";
  }
  return {};
}

std::string_view format_extension(Format format) {
  return format == Format::jpeg ? "jpg" : format_name(format);
}

std::vector<std::string> format_extensions() {
  std::set<std::string_view> extensions;
  for (const Extension& known : kExtensions) extensions.insert(format_extension(known.format));
  return {extensions.begin(), extensions.end()};
}

std::optional<Format> format_of_extension(std::string_view extension) {
  for (const Extension& known : kExtensions) {
    if (is_same_word(extension, known.name)) return known.format;
  }
  return std::nullopt;
}

std::string_view kind_of_extension(std::string_view extension) {
  if (const auto format = format_of_extension(extension)) {
    return *format == Format::jpeg ? "JPEG" : "PNG";
  }
  for (const auto& [known, kind] : kOtherKinds) {
    if (is_same_word(extension, known)) return kind;
  }
  return {};
}

std::optional<Format> sniff(std::span<const std::uint8_t> head) {
  if (opens_with(head, kJpegSignature)) return Format::jpeg;
  if (opens_with(head, kPngSignature)) return Format::png;
  return std::nullopt;
}

Result<std::optional<Header>> read_header(std::span<const std::uint8_t> head,
                                          const DecodeLimits& limits) {
  const std::optional<Format> format = sniff(head);
  if (!format) return fault("not_an_image", "the file has no JPEG or PNG signature");
  auto header =
      *format == Format::jpeg ? read_jpeg_header(head, limits) : read_png_header(head, limits);
  if (header && !*header && head.size() >= kLongestHeader) {
    return fault("corrupt", "the header does not end within 16 MiB");
  }
  return header;
}

std::uint64_t drop_unread(Bytes& head) {
  return sniff(head) == Format::png ? drop_unread_png_chunks(head)
                                    : drop_unread_jpeg_segments(head);
}

std::optional<Fault> check_pixels(std::int64_t width, std::int64_t height,
                                  const DecodeLimits& limits) {
  // Sides come from 31-bit fields at most, so the product fits.
  if (width * height <= limits.max_pixels) return std::nullopt;
  return Fault{"too_many_pixels", "the picture has " + std::to_string(width) + " x " +
                                      std::to_string(height) + " pixels, the limit is " +
                                      std::to_string(limits.max_pixels)};
}

}  // namespace imagemill::imaging
