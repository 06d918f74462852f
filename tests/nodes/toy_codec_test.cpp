// A codec of a program's own: all that it takes is in this file, and the program then reads, plans,
// writes and documents the format. The contract tests hold it to what every codec must keep.
#include <cstring>

#include "graphs/config/config_schema.h"
#include "graphs/config/node_reference.h"
#include "nodes/imaging/codec/codec_table.h"
#include "nodes/imaging/codec/header_parts.h"
#include "tests/support/catch.h"
#include "tests/support/graph_runner.h"
#include "tests/support/node_runner.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

using imaging::fault;
using Span = std::span<const std::uint8_t>;

// A file is the signature, width and height as two bytes each, the number of channels, a byte for
// each sample, and a last byte.
constexpr std::string_view kSignature = "TOY-FORMAT\n";
constexpr std::size_t kHeader = kSignature.size() + 5;
constexpr std::size_t kEnd = 1;
constexpr int kLongest = 65'535;

bool opens(Span head) { return imaging::starts_with(head, kSignature); }

imaging::Result<std::optional<imaging::Header>> read_toy_header(
    Span head, const imaging::DecodeLimits& limits) {
  if (head.size() < kHeader) return std::optional<imaging::Header>();
  const std::uint8_t* at = head.data() + kSignature.size();
  imaging::Header header;
  header.size = {at[0] << 8 | at[1], at[2] << 8 | at[3]};
  header.pixels = {at[4], 8};
  if (auto over = imaging::check_pixels(header.size.width, header.size.height, limits)) {
    return tl::make_unexpected(*over);
  }
  const bool holds_pixels = header.size.width > 0 && header.size.height > 0 &&
                            header.pixels.channels > 0 && header.pixels.channels <= 4;
  if (!holds_pixels) return fault("corrupt", "TOY: a header of no picture");
  return header;
}

class ToyDecoder final : public imaging::Decoder {
 public:
  imaging::Result<Image> decode(Span file, int denominator, const imaging::DecodeLimits& limits,
                                std::size_t /*memory_limit*/) override {
    if (!opens(file)) return fault("not_an_image", "the file has no TOY signature");
    const auto header = read_toy_header(file, limits);
    if (!header) return tl::make_unexpected(header.error());
    if (!*header) return fault("truncated", "the file ends before the picture does");
    const auto [full, pixels] = std::pair((*header)->size, (*header)->pixels);
    const std::size_t row =
        static_cast<std::size_t>(full.width) * static_cast<std::size_t>(pixels.channels);
    if (file.size() < kHeader + row * static_cast<std::size_t>(full.height) + kEnd) {
      return fault("truncated", "the file ends before the picture does");
    }
    if (limits.give_up && limits.give_up()) return fault("interrupted", "nobody waits");
    Image image({(full.width + denominator - 1) / denominator,
                 (full.height + denominator - 1) / denominator},
                pixels);
    for (int y = 0; y < image.height(); ++y) {
      const std::uint8_t* from =
          file.data() + kHeader + row * static_cast<std::size_t>(y * denominator);
      std::uint8_t* to = image.mutable_row(y);
      for (int x = 0; x < image.width(); ++x, to += pixels.channels) {
        std::copy_n(from + x * denominator * pixels.channels, pixels.channels, to);
      }
    }
    const double scale = 1.0 / denominator;
    image.set_shrunk(full, {0, 0, full.width * scale, full.height * scale});
    return image;
  }
};

class ToyEncoder final : public imaging::Encoder {
 public:
  // Below a quality of 50, the lowest bit of a colour is lost.
  imaging::Result<imaging::Bytes> encode(const Image& image,
                                         const imaging::EncodeOptions& options) override {
    if (std::max(image.width(), image.height()) > kLongest) {
      return fault("unsupported", "a TOY's sides have 65535 pixels at most");
    }
    if (options.give_up && options.give_up()) return fault("interrupted", "nobody waits");
    const int channels = image.format().channels;
    imaging::Bytes file(kSignature.begin(), kSignature.end());
    for (const int side : {image.width(), image.height()}) {
      file.push_back(static_cast<std::uint8_t>(side >> 8));
      file.push_back(static_cast<std::uint8_t>(side & 255));
    }
    file.push_back(static_cast<std::uint8_t>(channels));
    for (int y = 0; y < image.height(); ++y) {
      for (int i = 0; i < image.width() * channels; ++i) {
        const bool is_alpha = image.format().has_alpha() && i % channels == channels - 1;
        const int mask = options.quality < 50 && !is_alpha ? 254 : 255;
        file.push_back(static_cast<std::uint8_t>(image.row(y)[i] & mask));
      }
    }
    file.push_back('\n');
    return file;
  }
};

imaging::EncodeBounds bounds(Size size, PixelFormat format, const imaging::EncodeOptions&,
                             std::size_t /*profile_bytes*/) {
  const std::size_t file =
      kHeader + imaging::Image::byte_size(size, format) + kEnd;  // rows there are no shorter
  return {.file = imaging::BufferPool::capacity(file), .scratch = 2 * file};
}

[[maybe_unused]] const bool registered = [] {
  imaging::codecs().add({
      .name = "toy",
      .kind = "TOY",
      .extensions = {"toy", "toys"},
      .opens = opens,
      .read_header = read_toy_header,
      .make_decoder = []() -> std::unique_ptr<imaging::Decoder> {
        return std::make_unique<ToyDecoder>();
      },
      .denominators = {1, 3},
      .make_encoder = []() -> std::unique_ptr<imaging::Encoder> {
        return std::make_unique<ToyEncoder>();
      },
      .carries = {.alpha = true},
      .options = {"quality"},
      .encode_bounds = bounds,
  });
  return true;
}();

Bytes toy_file(const Image& image) { return ToyEncoder().encode(image, {}).value(); }

Bytes without_end(Bytes file) {
  file.pop_back();
  return file;
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("A codec of a program's own is read and written", "[nodes]") {
  const Image image = noise({40, 30}, {4, 8}, 1);
  const Outputs outputs = run_graph(
      "imagemill: 1\nnodes:\n"
      "  read: {type: read}\n"
      "  only: {type: filter, in: read, keep: format = toy}\n"
      "  decode: {type: decode, in: only}\n"
      "  encode: {type: encode, in: decode, format: toy}\n"
      "  write: {type: write, in: encode, path: \"{stem}.{ext}\"}\n",
      {{"a", toy_file(image)},
       {"b.png", png_file(image)},
       {"c.toys", bytes_of("a text")},
       {"d.toy", Bytes(kSignature.begin(), kSignature.end())},
       {"e.toy", without_end(toy_file(image))}});
  REQUIRE(outputs.files.size() == 1);
  CHECK(outputs.files.at("a.toy") == toy_file(image));
  CHECK(outputs.skipped == std::set<std::string>{"b.png"});
  CHECK(outputs.failures == std::map<std::string, std::string>{{"c.toys", "read: not_an_image"},
                                                               {"d.toy", "read: truncated"},
                                                               {"e.toy", "decode: truncated"}});
}

TEST_CASE("A codec of a program's own decodes shrunk by what it says", "[nodes]") {
  const Image image = noise({40, 30}, {3, 8}, 1);
  const NodeRunner decode("{type: decode}");
  Facts facts = facts_of(toy_file(image));
  const auto width_for = [&](Demand demand) {
    return decode.node().plan({&facts, 1}, demand).value().out.pixel_width;
  };
  CHECK(width_for({40, 30}) == 40);
  CHECK(width_for({14, 10}) == 40);
  CHECK(width_for({13, 10}) == 14);
  CHECK(width_for({1, 1}) == 14);
}

TEST_CASE("A codec of a program's own is offered and documented", "[nodes]") {
  const NodeRegistry& registry = NodeRegistry::global();
  CHECK(registry.find("encode")->schema.find("format")->choices ==
        std::vector<std::string>{"jpeg", "png", "toy"});
  CHECK(registry.find("descriptor")->schema.find("format")->choices ==
        std::vector<std::string>{"jpeg", "png", "toy"});
  const std::string reference = nodes_markdown(registry);
  for (const char* part :
       {"Decodes JPEG, PNG and TOY", "a JPEG at 1/2, 1/4 or 1/8, a TOY at 1/3 of its size",
        "jpeg, png or toy", "Quality of a JPEG or TOY.", "format (jpeg, png, toy)"}) {
    INFO(part);
    CHECK(says(reference, part));
  }
  CHECK(says(config_schema(registry), "\"toy\""));
  try {
    const NodeRunner filter("{type: filter, keep: format = tot}");
    FAIL("a format that there is not");
  } catch (const std::runtime_error& refused) {
    CHECK(says(refused.what(), "is one of: jpeg png toy"));
  }
}

TEST_CASE("A profile that a format does not hold is told", "[nodes]") {
  NodeRunner encode("{type: encode, format: toy}");
  REQUIRE(encode.encode(with_profile(noise({5, 3}, {3, 8}, 1), rgb_profile())));
  REQUIRE(encode.losses().size() == 1);
  CHECK(encode.losses().front().kind.code == "profile_dropped");
}
