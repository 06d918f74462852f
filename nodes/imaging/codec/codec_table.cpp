#include "nodes/imaging/codec/codec_table.h"

#include <algorithm>
#include <array>
#include <utility>

#include "nodes/imaging/codec/jpeg/jpeg.h"
#include "nodes/imaging/codec/png/png.h"

namespace imagemill::imaging {
namespace {

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

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Whether `word`, in any case, is `lower`, which is in lower case.
bool is_same_word(std::string_view word, std::string_view lower) {
  return std::equal(word.begin(), word.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return to_lower(a) == b; });
}

}  // namespace

void CodecTable::add(Codec codec) {
  const std::string_view name = codec.name;
  codecs_.insert_or_assign(name, std::move(codec));
}

const Codec* CodecTable::find(std::string_view name) const {
  const auto it = codecs_.find(name);
  return it == codecs_.end() ? nullptr : &it->second;
}

const Codec* CodecTable::of_extension(std::string_view extension) const {
  for (const auto& [name, codec] : codecs_) {
    for (const std::string_view known : codec.extensions) {
      if (is_same_word(extension, known)) return &codec;
    }
  }
  return nullptr;
}

const Codec* CodecTable::sniff(std::span<const std::uint8_t> head) const {
  for (const auto& [name, codec] : codecs_) {
    if (codec.opens(head)) return &codec;
  }
  return nullptr;
}

std::vector<const Codec*> CodecTable::all() const {
  std::vector<const Codec*> all;
  for (const auto& [name, codec] : codecs_) all.push_back(&codec);
  return all;
}

std::vector<const Codec*> CodecTable::writable() const {
  std::vector<const Codec*> writable = all();
  std::erase_if(writable, [](const Codec* codec) { return codec->make_encoder == nullptr; });
  return writable;
}

CodecTable& codecs() {
  static CodecTable table = [] {
    CodecTable built_in;
    built_in.add(jpeg_codec());
    built_in.add(png_codec());
    return built_in;
  }();
  return table;
}

std::string kinds_of(std::span<const Codec* const> codecs, std::string_view last) {
  std::string text;
  for (std::size_t i = 0; i < codecs.size(); ++i) {
    if (i > 0) text += i + 1 == codecs.size() ? last : ", ";
    text += codecs[i]->kind;
  }
  return text;
}

std::string_view kind_of_extension(std::string_view extension) {
  if (const Codec* codec = codecs().of_extension(extension)) return codec->kind;
  for (const auto& [known, kind] : kOtherKinds) {
    if (is_same_word(extension, known)) return kind;
  }
  return {};
}

}  // namespace imagemill::imaging
