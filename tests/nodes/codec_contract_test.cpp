// What holds for every codec of the table, whoever wrote it. What `decode` and `encode` make of it
// is held to the contracts of nodes.
#include <algorithm>

#include "nodes/imaging/codec/codec_table.h"
#include "tests/support/catch.h"
#include "tests/support/node_contracts.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

using imaging::Codec;
using imaging::codecs;
using Span = std::span<const std::uint8_t>;

// Pixels that the codec keeps as they are.
std::vector<PixelFormat> formats_of(const Codec& codec) {
  std::vector<PixelFormat> formats;
  for (const int bits : {8, 16}) {
    for (const int channels : {1, 2, 3, 4}) {
      const PixelFormat format{channels, bits};
      const bool is_carried =
          (bits == 8 || codec.carries.deep) && (!format.has_alpha() || codec.carries.alpha);
      if (is_carried) formats.push_back(format);
    }
  }
  return formats;
}

Bytes file_of(const Codec& codec, const Image& image) {
  return codec.make_encoder()->encode(image, {}).value();
}

Bytes noise_file(const Codec& codec) { return file_of(codec, noise({70, 150}, {3, 8}, 1)); }

imaging::Result<Image> decode(const Codec& codec, Span file,
                              const imaging::DecodeLimits& limits = {}) {
  return codec.make_decoder()->decode(file, 1, limits, 0);
}

std::string_view code_of(const imaging::Result<Image>& decoded) {
  return decoded ? "none" : decoded.error().code;
}

int largest_difference(const Image& a, const Image& b) {
  int largest = 0;
  for (int y = 0; y < a.height(); ++y) {
    for (int x = 0; x < a.width(); ++x) {
      for (int c = 0; c < a.format().channels; ++c) {
        largest = std::max(largest, std::abs(sample(a, x, y, c) - sample(b, x, y, c)));
      }
    }
  }
  return largest;
}

}  // namespace

TEST_CASE("Every codec is found by its names, and none by another's", "[nodes]") {
  for (const Codec* codec : codecs().all()) {
    INFO(codec->name);
    CHECK(codecs().find(codec->name) == codec);
    REQUIRE_FALSE(codec->extensions.empty());
    for (const std::string_view extension : codec->extensions) {
      CHECK(codecs().of_extension(extension) == codec);
      CHECK(imaging::kind_of_extension(extension) == codec->kind);
    }
    CHECK(codec->denominators.front() == 1);
    CHECK(std::is_sorted(codec->denominators.begin(), codec->denominators.end()));
    for (const std::string_view option : codec->options) {
      CHECK(NodeRegistry::global().find("encode")->schema.find(option));
    }
  }
}

TEST_CASE("Every file is known by its first bytes, and refused by other codecs", "[nodes]") {
  for (const Codec* codec : codecs().writable()) {
    INFO(codec->name);
    const Bytes file = noise_file(*codec);
    CHECK(codecs().sniff(Span(file).first(16)) == codec);
    for (std::size_t bytes = 0; bytes < 16; ++bytes) {
      const Codec* sniffed = codecs().sniff(Span(file).first(bytes));
      CHECK((sniffed == nullptr || sniffed == codec));
    }
    const Facts facts = facts_of(file);
    CHECK(facts.format == codec->name);
    CHECK(facts.extension == codec->extension());
    for (const Codec* other : codecs().all()) {
      if (other != codec) CHECK(code_of(decode(*other, file)) == "not_an_image");
    }
    CHECK(code_of(decode(*codec, {})) == "not_an_image");
  }
}

TEST_CASE("Every header is read from as much of the file as holds it", "[nodes]") {
  for (const Codec* codec : codecs().writable()) {
    const Bytes file = noise_file(*codec);
    const imaging::Header whole = imaging::read_header(file, {}).value().value();
    CHECK(whole.codec == codec);
    bool known = false;
    for (std::size_t bytes = 16; bytes < std::min<std::size_t>(file.size(), 2000); ++bytes) {
      INFO(codec->name << ": " << bytes << " bytes");
      const auto header = imaging::read_header(Span(file).first(bytes), {});
      REQUIRE(header);
      if (known) REQUIRE(*header);
      known = header->has_value();
      if (!known) continue;
      CHECK((*header)->size == whole.size);
      CHECK((*header)->pixels == whole.pixels);
      CHECK((*header)->codec_bytes == whole.codec_bytes);
    }
    CHECK(known);
  }
}

TEST_CASE("Every codec gives back what it says that it carries", "[nodes]") {
  for (const Codec* codec : codecs().writable()) {
    for (const PixelFormat format : formats_of(*codec)) {
      INFO(codec->name << ": " << format);
      Image image = gradient({61, 47}, format);
      if (codec->carries.profile) {
        image = with_profile(image, format.is_gray() ? gray_profile() : rgb_profile());
      }
      const auto decoded = decode(*codec, file_of(*codec, image));
      REQUIRE(decoded);
      REQUIRE(decoded->format() == format);
      REQUIRE(decoded->size() == image.size());
      CHECK(largest_difference(*decoded, image) <= (format.bits == 8 ? 12 : 0));
      CHECK((decoded->icc() != nullptr) == codec->carries.profile);
    }
  }
}

TEST_CASE("Every codec shrinks by what it says", "[nodes]") {
  for (const Codec* codec : codecs().writable()) {
    const Bytes file = noise_file(*codec);
    for (const int by : codec->denominators) {
      INFO(codec->name << ": 1/" << by);
      const auto decoded = codec->make_decoder()->decode(file, by, {}, 0);
      REQUIRE(decoded);
      CHECK(decoded->size() == Size{(70 + by - 1) / by, (150 + by - 1) / by});
      CHECK(decoded->full_size() == Size{70, 150});
      CHECK(decoded->format() == PixelFormat{3, 8});
    }
  }
}

TEST_CASE("Every codec tells that a file is cut off", "[nodes]") {
  for (const Codec* codec : codecs().writable()) {
    const Bytes file = noise_file(*codec);
    const Image whole = decode(*codec, file).value();
    const auto decoder = codec->make_decoder();
    for (std::size_t bytes = 16; bytes < file.size(); bytes += 97) {
      INFO(codec->name << ": " << bytes << " of " << file.size());
      const auto cut = decoder->decode(Span(file).first(bytes), 1, {}, 0);
      // The last bytes may hold nothing of the picture.
      if (bytes + 50 < file.size()) CHECK(code_of(cut) == "truncated");
      CHECK(same_pixels(decoder->decode(file, 1, {}, 0).value(), whole));
    }
  }
}

TEST_CASE("Every codec keeps the limits of decoding, and gives up when it is told", "[nodes]") {
  for (const Codec* codec : codecs().writable()) {
    INFO(codec->name);
    const Bytes file = noise_file(*codec);
    imaging::DecodeLimits limits;
    limits.max_pixels = 70 * 150;
    CHECK(code_of(decode(*codec, file, limits)) == "none");
    limits.max_pixels = 70 * 150 - 1;
    CHECK(code_of(decode(*codec, file, limits)) == "too_many_pixels");
    CHECK(imaging::read_header(file, limits).error().code == "too_many_pixels");
    const auto give_up = [] { return true; };
    CHECK(code_of(decode(*codec, file, {.give_up = give_up})) == "interrupted");
    const auto encoded =
        codec->make_encoder()->encode(noise({70, 150}, {3, 8}, 1), {.give_up = give_up});
    REQUIRE_FALSE(encoded);
    CHECK(encoded.error().code == "interrupted");
  }
}

TEST_CASE("One encoder makes the same of the same, and stays within its bounds", "[nodes]") {
  for (const Codec* codec : codecs().writable()) {
    const auto encoder = codec->make_encoder();
    for (const PictureKind& kind : all_kinds()) {
      const std::vector<PixelFormat> formats = formats_of(*codec);
      if (std::find(formats.begin(), formats.end(), kind.format) == formats.end()) continue;
      for (const imaging::EncodeOptions& options :
           {imaging::EncodeOptions{}, imaging::EncodeOptions{.quality = 100, .level = 0},
            imaging::EncodeOptions{.progressive = true, .level = 9}}) {
        INFO(codec->name << ": " << to_string(kind));
        const Image image = noise_of(kind);
        const Bytes file = encoder->encode(image, options).value();
        const std::size_t profile = image.icc() ? image.icc()->size() : 0;
        CHECK(file == codec->make_encoder()->encode(image, options).value());
        CHECK(file.size() <=
              codec->encode_bounds(image.size(), image.format(), options, profile).file);
      }
    }
  }
}
