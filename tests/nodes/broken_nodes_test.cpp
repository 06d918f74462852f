// Each contract bites: for each a node that breaks it, and nothing else.
#include <cstring>

#include "tests/support/catch.h"
#include "tests/support/node_contracts.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

// Gives back what it gets. The broken ones are like it but for one thing.
struct Honest {
  static void describe(NodeSchema<Honest>& s) { s.summary("Does nothing."); }
  Result<Image> process(Image image) const { return image; }
};

std::size_t row_bytes(const Image& image) {
  return static_cast<std::size_t>(image.width()) * image.format().bytes_per_pixel();
}

Image copied(const Image& image, Image to) {
  for (int y = 0; y < image.height(); ++y) {
    std::memcpy(to.mutable_row(y), image.row(y), row_bytes(image));
  }
  return to;
}

// Calls `change(x, y, channel, sample)` for the samples of an image of its own.
template <class Change>
Image changed(Image image, const Change& change) {
  image.make_unique();
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) {
      for (int c = 0; c < image.format().channels; ++c)
        set_sample(image, x, y, c, change(x, y, c, sample(image, x, y, c)));
    }
  }
  return image;
}

template <class N>
struct Broken {
  static void describe(NodeSchema<N>& s) { s.summary("Does something wrong."); }
};

struct GivesAnotherSize : Broken<GivesAnotherSize> {
  Result<Image> process(const Image& image) const {
    Image larger({image.width() + 1, image.height()}, image.format());
    larger.set_icc(image.icc());
    for (int y = 0; y < image.height(); ++y)
      std::memset(larger.mutable_row(y), 0xFF, row_bytes(larger));
    return copied(image, larger);
  }
};

struct DropsProfile : Broken<DropsProfile> {
  Result<Image> process(const Image& image) const {
    return copied(image, Image(image.size(), image.format()));
  }
};

struct InvertsAlpha : Broken<InvertsAlpha> {
  Result<Image> process(Image image) const {
    const int alpha = image.format().has_alpha() ? image.format().channels - 1 : -1;
    const int top = image.format().bits == 8 ? 255 : 65535;
    return changed(std::move(image), [&](int, int, int c, int was) {
      // Not where it is 0: colours would come to be seen, which is another contract.
      return c == alpha && was != 0 ? top - was : was;
    });
  }
};

struct BlursUnderAlpha : Broken<BlursUnderAlpha> {
  Result<Image> process(const Image& image) const {
    Image out = copied(image, imaging::blank_like(image, image.format()));
    const int colours = image.format().is_gray() ? 1 : 3;
    return changed(out, [&](int x, int y, int c, int was) {
      return c < colours && x > 0 ? (was + sample(image, x - 1, y, c)) / 2 : was;
    });
  }
};

struct TakesAllForBytes : Broken<TakesAllForBytes> {
  Result<Image> process(Image image) const {
    image.make_unique();
    const auto samples = static_cast<std::size_t>(image.width()) * image.format().channels;
    if (image.format().has_alpha()) return image;
    for (int y = 0; y < image.height(); ++y) {
      std::uint8_t* row = image.mutable_row(y);
      for (std::size_t i = 0; i < samples; ++i) row[i] = static_cast<std::uint8_t>(255 - row[i]);
    }
    return image;
  }
};

struct RoundsToBytes : Broken<RoundsToBytes> {
  Result<Image> process(Image image) const {
    const bool wide = image.format().bits == 16;
    return changed(std::move(image),
                   [&](int, int, int, int was) { return wide ? (was + 128) / 257 * 257 : was; });
  }
};

struct ForgetsShrinking : Broken<ForgetsShrinking> {
  Demand demand(const Facts& in, const Demand&) const { return {in.width / 4, in.height / 4}; }
  Result<Image> process(const Image& image) const {
    Image out(image.size(), image.format());
    out.set_icc(image.icc());
    return copied(image, out);
  }
};

struct ReadsPadding : Broken<ReadsPadding> {
  Result<Image> process(Image image) const {
    int sum = 0;
    for (std::size_t i = 0; i < image.stride(); ++i) sum += image.row(0)[i];
    for (std::size_t i = 0; i < row_bytes(image); ++i) sum -= image.row(0)[i];
    return changed(std::move(image), [&](int x, int y, int c, int was) {
      return x + y + c == 0 ? was ^ (sum & 1) : was;
    });
  }
};

struct WritesPadding : Broken<WritesPadding> {
  Result<Plan> plan(const Facts& in, const Demand&) const {
    return Plan{.out = in, .in_place = true};
  }
  Result<Image> process(Image image) const {
    image.make_unique();
    std::uint8_t* row = image.mutable_row(0);
    std::memset(row + row_bytes(image), 0, image.stride() - row_bytes(image));
    return image;
  }
};

struct CopiesInPlace : Broken<CopiesInPlace> {
  Result<Plan> plan(const Facts& in, const Demand&) const {
    return Plan{.out = in, .in_place = true};
  }
  Result<Image> process(const Image& image) const {
    return copied(image, imaging::blank_like(image, image.format()));
  }
};

struct WritesOnShared : Broken<WritesOnShared> {
  Result<Image> process(Image image) const {
    image.mutable_row(0)[0] ^= 1;
    return image;
  }
};

struct Fails : Broken<Fails> {
  Result<Image> process(const Image&) const { return failure("out_of_luck", "no luck"); }
};

const NodeRegistry& broken_nodes() {
  static const NodeRegistry registry = [] {
    NodeRegistry nodes;
    nodes.add<Honest>("honest");
    nodes.add<GivesAnotherSize>("What comes out is what was planned");
    nodes.add<DropsProfile>("The profile is carried");
    nodes.add<InvertsAlpha>("Nothing becomes more transparent");
    nodes.add<BlursUnderAlpha>("Hidden colours stay hidden");
    nodes.add<TakesAllForBytes>("16 bits are treated as 8 bits are");
    nodes.add<RoundsToBytes>("16 bits stay 16 bits");
    nodes.add<ForgetsShrinking>("A shrunk picture keeps its measures");
    nodes.add<ReadsPadding>("The padding of rows does not matter");
    nodes.add<WritesPadding>("Work in place stays within the rows");
    nodes.add<CopiesInPlace>("What is planned in place is done in place");
    nodes.add<WritesOnShared>("What others hold stays as it is");
    nodes.add<Fails>("fails");
    return with_ends(std::move(nodes));
  }();
  return registry;
}

std::vector<std::string> breaches_of(std::string_view type) {
  NodeRunner node("{type: " + std::string(type) + "}", {}, broken_nodes());
  return breaches(node, all_kinds());
}

}  // namespace

TEST_CASE("A node that gives back what it gets keeps every contract", "[nodes]") {
  CHECK(breaches_of("honest") == std::vector<std::string>());
}

TEST_CASE("Each contract is broken by a node that breaks it alone", "[nodes]") {
  for (const Contract& contract : contracts()) {
    INFO(contract.name);
    const std::vector<std::string> found = breaches_of(contract.name);
    CHECK_FALSE(found.empty());
    for (const std::string& breach : found) {
      INFO(breach);
      CHECK(breach.starts_with(contract.name));
    }
  }
}

TEST_CASE("A broken contract names the picture", "[nodes]") {
  const auto found = breaches_of("The profile is carried");
  CHECK(std::find(found.begin(), found.end(),
                  "The profile is carried: 16-bit RGBA, 5 × 3, with a profile: none came out") !=
        found.end());
  CHECK(found.size() == all_kinds().size() / 2);
}

TEST_CASE("A node that fails is told for every contract that it could break", "[nodes]") {
  const auto found = breaches_of("fails");
  CHECK(std::find(found.begin(), found.end(),
                  "What comes out is what was planned: 8-bit gray, 1 × 1: it fails: out_of_luck: "
                  "no luck") != found.end());
}
