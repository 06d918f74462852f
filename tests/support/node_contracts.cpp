#include "tests/support/node_contracts.h"

#include <array>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "nodes/imaging/codec/codec_table.h"

namespace imagemill::testing {
namespace {

constexpr std::uint8_t kFill = 0xA5;
constexpr std::uint8_t kOtherFill = 0x3C;

// Copy of the pixels in memory of their own, with `fill` between the rows.
Image own_copy(const Image& image, std::uint8_t fill = kFill) {
  Image copy = image;
  copy.make_unique();
  const std::size_t bytes =
      static_cast<std::size_t>(image.width()) * image.format().bytes_per_pixel();
  for (int y = 0; y < copy.height(); ++y) {
    std::memset(copy.mutable_row(y) + bytes, fill, copy.stride() - bytes);
  }
  return copy;
}

bool padding_is(const Image& image, std::uint8_t fill) {
  const std::size_t bytes =
      static_cast<std::size_t>(image.width()) * image.format().bytes_per_pixel();
  for (int y = 0; y < image.height(); ++y) {
    for (std::size_t i = bytes; i < image.stride(); ++i) {
      if (image.row(y)[i] != fill) return false;
    }
  }
  return true;
}

bool takes_images(const NodeRunner& node) {
  return node.type().inputs.front().type == Image::kTypeName;
}

struct Made {
  Plan plan;
  Payload out;
};

// Output of the node for a picture that has no other holder.
Made make(NodeRunner& node, const Image& image, std::uint8_t fill = kFill) {
  Payloads inputs;
  for (std::size_t port = 0; port < node.type().inputs.size(); ++port) {
    inputs.push_back(payload_for(node.type(), own_copy(image, fill)));
  }
  const auto plan = node.plan(facts_of(inputs.front()));
  if (!plan) throw std::runtime_error("it is not planned: " + imagemill::to_string(plan.error()));
  auto out = node.process(std::move(inputs), *plan, node.scratch());
  if (!out) throw std::runtime_error("it fails: " + imagemill::to_string(out.error()));
  return {plan->plan, std::move(*out)};
}

// The pictures that came out: of a file the one in it, of parts each.
std::vector<Image> pictures_in(const Payload& out) {
  if (const auto* image = std::any_cast<Image>(&out)) return {*image};
  if (const auto* file = std::any_cast<imaging::Encoded>(&out)) {
    if (!imaging::codecs().sniff(*file->bytes)) return {};
    return {picture(*file->bytes)};
  }
  std::vector<Image> pictures;
  for (const Payload& part : std::any_cast<Payloads>(out)) {
    pictures.push_back(std::any_cast<Image>(part));
  }
  return pictures;
}

std::vector<Image> pictures_of(NodeRunner& node, const Image& image, std::uint8_t fill = kFill) {
  return pictures_in(make(node, image, fill).out);
}

int top_of(PixelFormat format) { return format.bits == 8 ? 255 : 65535; }

// Sample in 0 to 1.
double share(const Image& image, int x, int y, int channel) {
  return static_cast<double>(sample(image, x, y, channel)) / top_of(image.format());
}
double alpha_at(const Image& image, int x, int y) {
  const PixelFormat format = image.format();
  return format.has_alpha() ? share(image, x, y, format.channels - 1) : 1;
}

// Whether `same(x, y)` for every pixel.
template <class Same>
bool everywhere(Size size, const Same& same) {
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      if (!same(x, y)) return false;
    }
  }
  return true;
}

// Whether two pictures differ in nothing that can be seen, each pixel by at most `tolerance`.
bool look_the_same(const Image& a, const Image& b, double tolerance) {
  if (a.size() != b.size() || a.format().channels != b.format().channels) return false;
  return everywhere(a.size(), [&](int x, int y) {
    const double over_a = alpha_at(a, x, y);
    const double over_b = alpha_at(b, x, y);
    bool same = std::abs(over_a - over_b) <= tolerance;
    for (int c = 0; c < (a.format().is_gray() ? 1 : 3); ++c) {
      const double difference = share(a, x, y, c) * over_a - share(b, x, y, c) * over_b;
      same = same && std::abs(difference) <= tolerance;
    }
    return same;
  });
}

bool look_the_same(const std::vector<Image>& a, const std::vector<Image>& b, double tolerance = 0) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](const Image& x, const Image& y) { return look_the_same(x, y, tolerance); });
}

std::string breach_of_plan(NodeRunner& node, const PictureKind& kind) {
  const Made made = make(node, noise_of(kind));
  std::string all;
  for (const std::string& fault : plan_faults(made.out, made.plan)) {
    all += (all.empty() ? "" : "; ") + fault;
  }
  return all;
}

std::string breach_of_profile(NodeRunner& node, const PictureKind& kind) {
  const Image in = noise_of(kind);
  const std::size_t told = node.losses().size();
  for (const Image& out : pictures_of(node, in)) {
    if (out.format().is_gray() != in.format().is_gray()) {
      if (out.icc()) return "the profile of a gray picture is on one in colour, or the reverse";
    } else if (in.icc() == nullptr) {
      if (out.icc()) return "there was none, but one came out";
    } else if (out.icc() == nullptr) {
      if (node.losses().size() == told) return "none came out";
    } else if (*out.icc() != *in.icc()) {
      return "another one came out";
    }
  }
  return {};
}

std::string breach_of_alpha(NodeRunner& node, const PictureKind& kind) {
  if (!kind.format.has_alpha()) return {};
  constexpr double kRounding = 0.51 / 255;
  for (const double alpha : {0.75, 1.0}) {
    Image in = noise_of(kind);
    for (int y = 0; y < in.height(); ++y) {
      for (int x = 0; x < in.width(); ++x) {
        set_sample(in, x, y, kind.format.channels - 1,
                   static_cast<int>(std::lround(alpha * top_of(kind.format))));
      }
    }
    for (const Image& out : pictures_of(node, in)) {
      const auto is_clearer = [&](int x, int y) {
        return alpha_at(out, x, y) < alpha_at(in, 0, 0) - kRounding;
      };
      // Padding may be transparent.
      const bool clearer =
          out.size() == in.size()
              ? !everywhere(out.size(), [&](int x, int y) { return !is_clearer(x, y); })
              : everywhere(out.size(), is_clearer);
      if (clearer) return alpha < 1 ? "of an opacity of 3/4 less came out" : "opaque became clear";
    }
  }
  return {};
}

std::string breach_of_hidden_colours(NodeRunner& node, const PictureKind& kind) {
  if (!kind.format.has_alpha()) return {};
  const int alpha = kind.format.channels - 1;
  Image in = noise_of(kind);
  Image other = own_copy(in);
  for (int y = 0; y < in.height(); ++y) {
    for (int x = 0; x < in.width(); ++x) {
      if ((x + y) % 2 == 0) continue;
      for (int c = 0; c < alpha; ++c) {
        set_sample(other, x, y, c, top_of(kind.format) - sample(in, x, y, c));
      }
      set_sample(in, x, y, alpha, 0);
      set_sample(other, x, y, alpha, 0);
    }
  }
  if (look_the_same(pictures_of(node, in), pictures_of(node, other))) return {};
  return "the colours of transparent pixels show in what came out";
}

std::string breach_of_depth(NodeRunner& node, const PictureKind& kind) {
  if (kind.format.bits != 16) return {};
  const Image narrow = noise_of({kind.size, {kind.format.channels, 8}, kind.profile});
  Image wide = paint(kind.size, kind.format,
                     [&](int x, int y, int c) { return 257 * sample(narrow, x, y, c); });
  wide.set_icc(narrow.icc());
  // Each is rounded once or twice on the way.
  constexpr double kRounding = 2.0 / 255;
  if (look_the_same(pictures_of(node, wide), pictures_of(node, narrow), kRounding)) return {};
  return "something else came out than for the same picture in 8 bits";
}

std::string breach_of_fine_depth(NodeRunner& node, const PictureKind& kind) {
  constexpr int kEnough = 16;
  if (kind.format.bits != 16) return {};
  for (const Image& out : pictures_of(node, noise_of(kind))) {
    if (out.format().bits != 16 || out.width() * out.height() < kEnough) continue;
    const bool coarse = everywhere(out.size(), [&](int x, int y) {
      bool all = true;
      for (int c = 0; c < out.format().channels; ++c) all = all && sample(out, x, y, c) % 257 == 0;
      return all;
    });
    if (coarse) return "every sample that came out has 8 bits at most";
  }
  return {};
}

std::string breach_of_shrinking(NodeRunner& node, const PictureKind& kind) {
  if (!takes_images(node)) return {};
  Image in = noise_of(kind);
  const Size full{2 * in.width() - 1, 2 * in.height() - 1};
  in.set_shrunk(full, {0, 0, full.width / 2.0, full.height / 2.0});
  const std::vector<Facts> facts(node.type().inputs.size(), facts_of(in));
  const Demand demand = node.node().demand(0, facts, {1, 1});
  // A node that demands its whole input gets none that was shrunk.
  if (demand.width >= full.width && demand.height >= full.height) return {};
  const Made made = make(node, in);
  const std::vector<std::string> faults = plan_faults(made.out, made.plan);
  if (!faults.empty()) return faults.front();
  for (const Image& out : pictures_in(made.out)) {
    const bool as_it_was = out.size() == in.size() && out.full_size() == in.full_size();
    if (as_it_was && out.cover() != in.cover()) return "what it covers has changed";
  }
  return {};
}

std::string breach_of_padding(NodeRunner& node, const PictureKind& kind) {
  if (!takes_images(node)) return {};
  const Image in = noise_of(kind);
  if (look_the_same(pictures_of(node, in, kFill), pictures_of(node, in, kOtherFill))) return {};
  return "it shows in what came out";
}

// Where the pixels of the first input lay, and what came out.
struct MadeOf {
  const std::uint8_t* pixels;
  Made made;
};

MadeOf make_watching(NodeRunner& node, const PictureKind& kind) {
  Image in = own_copy(noise_of(kind));
  const std::uint8_t* pixels = in.row(0);
  Payloads inputs(node.type().inputs.size(), Payload(own_copy(in)));
  const auto plan = node.plan(facts_of(in));
  inputs.front() = std::move(in);
  auto out = node.process(std::move(inputs), plan.value(), node.scratch());
  return {pixels, {plan->plan, std::move(out.value())}};
}

std::string breach_of_written_padding(NodeRunner& node, const PictureKind& kind) {
  if (!takes_images(node)) return {};
  const auto [pixels, made] = make_watching(node, kind);
  if (!made.plan.in_place) return {};
  for (const Image& out : pictures_in(made.out)) {
    if (out.row(0) == pixels && !padding_is(out, kFill)) {
      return "the bytes between them were written on";
    }
  }
  return {};
}

std::string breach_of_place(NodeRunner& node, const PictureKind& kind) {
  if (!takes_images(node)) return {};
  const auto [pixels, made] = make_watching(node, kind);
  if (!made.plan.in_place) return {};
  for (const Image& out : pictures_in(made.out)) {
    if (out.row(0) != pixels) return "the pixels lie elsewhere";
  }
  return {};
}

std::string breach_of_sharing(NodeRunner& node, const PictureKind& kind) {
  if (!takes_images(node)) return {};
  const Image held = own_copy(noise_of(kind));
  const Image before = own_copy(held);
  const auto plan = node.plan(facts_of(held));
  const auto shared = node.process(Payload(held), plan.value(), node.scratch());
  if (!same_pixels(held, before)) return "the pixels that another node holds have changed";
  if (look_the_same(pictures_in(shared.value()), pictures_of(node, held))) return {};
  return "something else came out than where nobody else holds the picture";
}

constexpr std::array kContracts = {
    Contract{"What comes out is what was planned", breach_of_plan},
    Contract{"The profile is carried", breach_of_profile},
    Contract{"Nothing becomes more transparent", breach_of_alpha},
    Contract{"Hidden colours stay hidden", breach_of_hidden_colours},
    Contract{"16 bits are treated as 8 bits are", breach_of_depth},
    Contract{"16 bits stay 16 bits", breach_of_fine_depth},
    Contract{"A shrunk picture keeps its measures", breach_of_shrinking},
    Contract{"The padding of rows does not matter", breach_of_padding},
    Contract{"Work in place stays within the rows", breach_of_written_padding},
    Contract{"What is planned in place is done in place", breach_of_place},
    Contract{"What others hold stays as it is", breach_of_sharing},
};

}  // namespace

std::string to_string(const PictureKind& kind) {
  constexpr std::array kChannels = {"gray", "gray with alpha", "RGB", "RGBA"};
  return std::to_string(kind.format.bits) + "-bit " +
         kChannels[static_cast<std::size_t>(kind.format.channels - 1)] + ", " +
         std::to_string(kind.size.width) + " × " + std::to_string(kind.size.height) +
         (kind.profile == Profile::embedded ? ", with a profile" : "");
}

std::vector<PictureKind> all_kinds() {
  std::vector<PictureKind> kinds;
  for (const Size size : {Size{1, 1}, {1, 150}, {301, 1}, {5, 3}, {64, 4}, {127, 33}, {400, 300}}) {
    for (const int bits : {8, 16}) {
      for (const int channels : {1, 2, 3, 4}) {
        for (const Profile profile : {Profile::none, Profile::embedded}) {
          kinds.push_back({size, {channels, bits}, profile});
        }
      }
    }
  }
  return kinds;
}

Image noise_of(const PictureKind& kind, unsigned seed) {
  static const Bytes colour = rgb_profile();
  static const Bytes gray = gray_profile();
  const Image image = noise(kind.size, kind.format, seed);
  if (kind.profile == Profile::none) return image;
  return with_profile(image, kind.format.is_gray() ? gray : colour);
}

Payload payload_for(const NodeType& type, const Image& image) {
  if (type.inputs.front().type == Image::kTypeName) return image;
  return encoded(png_file(image));
}

std::span<const Contract> contracts() { return kContracts; }

std::vector<std::string> breaches(NodeRunner& node, std::span<const PictureKind> kinds) {
  std::vector<std::string> found;
  for (const Contract& contract : contracts()) {
    for (const PictureKind& kind : kinds) {
      std::string breach;
      try {
        breach = contract.breach(node, kind);
      } catch (const std::exception& fault) {
        breach = fault.what();
      }
      if (breach.empty()) continue;
      found.push_back(std::string(contract.name) + ": " + to_string(kind) + ": " + breach);
    }
  }
  return found;
}

}  // namespace imagemill::testing
