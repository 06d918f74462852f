// Colour profiles on their way through a graph: planned, carried or dropped, and what is dropped is
// told.
#include "nodes/imaging/pixels/colour.h"
#include "tests/imaging/codec/jpeg_files.h"
#include "tests/imaging/pixels/icc_files.h"
#include "tests/support/catch.h"
#include "tests/support/graph_runner.h"
#include "tests/support/node_runner.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

// A size that none of their tables has.
Bytes hostile_cmyk() { return raw_profile("CMYK", {{"A2B0", claimed_a_to_b(4, 96, 0)}}); }
Bytes hostile_gray() { return raw_profile("GRAY", {{"D2B0", repeated_elements(1, 60'000)}}); }

Image gray_picture() { return gradient({20, 20}, {1, 8}); }

// Decodes the file; the losses are those of this alone.
struct Decoded {
  Image image;
  std::vector<Loss> losses;
};
Decoded decoded(const Bytes& file) {
  NodeRunner decode("{type: decode}");
  auto image = decode.run(file);
  REQUIRE(image);
  return {std::move(*image), decode.losses()};
}

std::uint64_t scratch_of(const std::string& node, const Image& image) {
  const auto plan = NodeRunner(node).plan(facts_of(image));
  REQUIRE(plan);
  return plan->plan.scratch_bytes;
}

}  // namespace

TEST_CASE("A profile that cannot be used is dropped and told, the picture made", "[nodes]") {
  const auto plain_cmyk = decoded(cmyk_jpeg({200, 100, 50, 128}, false, {}));
  CHECK(plain_cmyk.losses.empty());
  const auto plain_gray = decoded(png_file(gray_picture()));
  CHECK(plain_gray.losses.empty());
  struct Case {
    Bytes file;
    const Image& same_as;
  };
  const auto gray_with = [](const Bytes& profile) {
    return png_file(with_profile(gray_picture(), profile));
  };
  for (const Case& c :
       {Case{cmyk_jpeg({200, 100, 50, 128}, false, hostile_cmyk()), plain_cmyk.image},
        Case{cmyk_jpeg({200, 100, 50, 128}, false, rgb_profile()), plain_cmyk.image},
        Case{gray_with(hostile_gray()), plain_gray.image}}) {
    const auto result = decoded(c.file);
    CHECK(same_pixels(result.image, c.same_as));
    CHECK_FALSE(result.image.icc());
    REQUIRE(result.losses.size() == 1);
    CHECK(result.losses.front().kind.code == "profile_dropped");
    CHECK_FALSE(result.losses.front().message.empty());
  }
}

TEST_CASE("A profile that is carried, or used, is no loss", "[nodes]") {
  CHECK(decoded(jpeg_file(with_profile(gradient({20, 20}, {3, 8}), rgb_profile()))).losses.empty());
  CHECK(decoded(png_file(with_profile(gray_picture(), gray_profile()))).losses.empty());
  CHECK(decoded(jpeg_file(with_profile(gray_picture(), gray_profile()))).losses.empty());
  CHECK(decoded(cmyk_jpeg({200, 100, 50, 128}, true, black_only_profile())).losses.empty());
}

TEST_CASE("A profile for other pixels, or damaged in its file, is told", "[nodes]") {
  CHECK(decoded(jpeg_file(with_profile(gray_picture(), rgb_profile()))).losses.size() == 1);
  Bytes png = png_file(with_profile(gray_picture(), gray_profile()));
  const std::string_view chunk("iCCP");
  const auto at = std::search(png.begin(), png.end(), chunk.begin(), chunk.end());
  REQUIRE(at != png.end());
  *std::next(std::find(at, png.end(), 0)) = 9;  // behind its name: a compression that is none
  CHECK(decoded(png).losses.size() == 1);
}

TEST_CASE("A profile that a PNG does not take is told by encode", "[nodes]") {
  Bytes longer = rgb_profile();
  longer.resize(longer.size() + 10, 0x55);  // than its header says
  NodeRunner encode("{type: encode, format: png}");
  REQUIRE(encode.encode(with_profile(gradient({20, 20}, {3, 8}), longer)));
  REQUIRE(encode.losses().size() == 1);
  CHECK(encode.losses().front().kind.code == "profile_dropped");
  REQUIRE(encode.encode(with_profile(gradient({20, 20}, {3, 8}), rgb_profile())));
  CHECK(encode.losses().size() == 1);
}

TEST_CASE("Wherever gray may become RGB, the transform is planned", "[nodes]") {
  const Bytes profile = gray_profile();
  const Image plain = gradient({20, 20}, {1, 8});
  const Image profiled = with_profile(plain, profile);
  const std::uint64_t transform = imaging::to_rgb_bytes(profile.size());
  CHECK(transform >= imaging::to_rgb_bytes(1));
  for (const std::string node :
       {"{type: watermark, text: x, color: '#ff0000'}",
        "{type: resize, width: 30, height: 40, fit: contain, background: '#ff0000'}"}) {
    INFO(node);
    CHECK(scratch_of(node, profiled) - scratch_of(node, plain) == transform);
  }
  const Image alpha = gradient({20, 20}, {2, 8});
  const std::string encode = "{type: encode, background: '#ff0000'}";
  const std::uint64_t more =
      scratch_of(encode, with_profile(alpha, profile)) - scratch_of(encode, alpha);
  CHECK(more >= transform);
  CHECK(more <= transform + 4 * profile.size());  // the encoder's buffers hold it, too
  // Where it stays gray, there is none.
  for (const std::string node : {"{type: watermark, text: x}", "{type: resize, width: 10}"}) {
    CHECK(scratch_of(node, profiled) == scratch_of(node, plain));
  }
}

TEST_CASE("A logo is composed over gray with its transform planned", "[nodes]") {
  const NodeRunner compose("{type: compose}");
  const Facts logo = facts_of(gradient({10, 10}, {4, 8}));
  const Facts plain = facts_of(gray_picture());
  const Facts profiled = facts_of(with_profile(gray_picture(), gray_profile()));
  const auto scratch = [](const NodeRunner& node, const Facts& base, const Facts& top) {
    return node.node().plan(std::array{base, top}, {}).value().scratch_bytes;
  };
  const std::uint64_t transform = imaging::to_rgb_bytes(gray_profile().size());
  CHECK(scratch(compose, profiled, logo) - scratch(compose, plain, logo) == transform);
  const NodeRunner beside("{type: compose, arrangement: beside}");
  CHECK(scratch(beside, profiled, logo) - scratch(beside, plain, logo) == transform);
  CHECK(scratch(beside, logo, profiled) - scratch(beside, logo, plain) == transform);
  CHECK(scratch(beside, profiled, plain) == scratch(beside, plain, plain));
}

TEST_CASE("A profile's memory is planned from its file's header", "[nodes]") {
  const Bytes profile = gray_profile();
  const std::uint64_t declared = profile.size();
  for (const Bytes& file : {png_file(with_profile(gray_picture(), profile)),
                            jpeg_file(with_profile(gray_picture(), profile))}) {
    CHECK(facts_of(file).profile_bytes >= declared);
    CHECK(facts_of(file).profile_bytes <= 2 * declared + 64);
  }
  CHECK(facts_of(png_file(gray_picture())).profile_bytes == 0);
  CHECK(facts_of(jpeg_file(gray_picture())).profile_bytes == 0);
  CHECK(facts_of(cmyk_jpeg({1, 2, 3, 4}, false, black_only_profile())).profile_bytes == 0);
}

TEST_CASE("A long profile is part of what an item needs, at every node", "[nodes]") {
  const Image photo = gradient({60, 40}, {3, 8});
  Bytes long_profile = rgb_profile();
  long_profile.resize(std::size_t{1} << 20, 0x55);
  const std::string graph = chain({"{type: decode}", "{type: resize, width: 20}",
                                   "{type: watermark, text: x, size: 4}", "{type: encode}"});
  const auto needed = [&](const Bytes& profile) {
    return run_graph(graph, {{"a.jpg", jpeg_file(with_profile(photo, profile))}})
        .report.largest_item_bytes;
  };
  // The profile itself, the file that is made of it, and the copy of that.
  CHECK(needed(long_profile) - needed(rgb_profile()) > 3 * (long_profile.size() - 10'000));
}

TEST_CASE("A run counts what its pictures and its logo have lost", "[nodes]") {
  const std::string graph = R"(imagemill: 1
nodes:
  logo: {type: image, file: /logo.png}
  read: {type: read}
  decode: {type: decode, in: read}
  both: {type: compose, in: {base: decode, overlay: logo}}
  encode: {type: encode, in: both, format: png}
  write: {type: write, in: encode}
)";
  const Bytes good = png_file(gray_picture());
  const Bytes bad = png_file(with_profile(gray_picture(), hostile_gray()));
  const Bytes logo = png_file(gradient({5, 5}, {4, 8}));
  const Outputs plain = run_graph(graph, {{"a.png", good}, {"b.png", good}, {"/logo.png", logo}});
  CHECK(plain.report.losses.empty());
  const Outputs one = run_graph(graph, {{"a.png", good}, {"b.png", bad}, {"/logo.png", logo}});
  CHECK(one.files == plain.files);
  REQUIRE(one.report.losses.size() == 1);
  CHECK(one.report.losses.at("profile_dropped").items == 1);
  CHECK(one.report.losses.at("profile_dropped").example.starts_with("decode: b.png: "));
  const Outputs all = run_graph(graph, {{"a.png", good}, {"b.png", good}, {"/logo.png", bad}});
  CHECK(all.report.losses.at("profile_dropped").items == 2);
  CHECK(all.report.losses.at("profile_dropped").example.starts_with("logo: a.png: "));
}
