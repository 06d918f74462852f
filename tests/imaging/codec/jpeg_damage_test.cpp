// JPEGs that lack some of their data, and others that only look so.
#include <chrono>
#include <span>

#include "nodes/imaging/codec/encoded.h"
#include "nodes/imaging/codec/jpeg/jpeg.h"
#include "tests/imaging/codec/jpeg_files.h"
#include "tests/imaging/pictures.h"
#include "tests/support/catch.h"

using namespace imagemill::imaging;
using namespace imagemill::imaging::testing;

namespace {

using Configure = std::function<void(jpeg_compress_struct&)>;

const Configure kBaseline = [](jpeg_compress_struct&) {};
const Configure kRestarts = [](jpeg_compress_struct& jpeg) { jpeg.restart_in_rows = 1; };
const Configure kProgressive = [](jpeg_compress_struct& jpeg) { jpeg_simple_progression(&jpeg); };

// A picture with detail everywhere, so that each block takes some bytes.
Image picture(Size size = {120, 96}) {
  std::mt19937 random(5);
  return paint(size, {3, 8}, [&](int x, int y, int c) {
    return 60 + (x * 2 + y + c * 40) % 120 + static_cast<int>(random() % 40);
  });
}

Result<Image> decode(std::span<const std::uint8_t> file, int denominator = 1) {
  return JpegDecoder().decode(file, denominator, {}, 0);
}

// "ok", or what it fails with.
std::string_view outcome(std::span<const std::uint8_t> file, int denominator = 1) {
  const auto decoded = decode(file, denominator);
  return decoded ? "ok" : decoded.error().code;
}

Bytes without(Bytes file, std::size_t begin, std::size_t end) {
  file.erase(file.begin() + static_cast<std::ptrdiff_t>(begin),
             file.begin() + static_cast<std::ptrdiff_t>(end));
  return file;
}

Bytes first_bytes(const Bytes& file, std::size_t bytes) {
  return without(file, bytes, file.size());
}

Bytes with_end_marker(Bytes file) {
  file.insert(file.end(), {0xFF, 0xD9});
  return file;
}

}  // namespace

TEST_CASE("A JPEG that is cut and ended by a marker is truncated", "[imaging]") {
  const Configure& configure = GENERATE(kBaseline, kRestarts, kProgressive);
  const Bytes file = libjpeg_file(picture(), configure);
  const ScanData data = scan_data(file);
  for (const int percent : {2, 30, 50, 90}) {
    const std::size_t at = data.begin + (data.end - data.begin) * percent / 100;
    for (const int denominator : {1, 8}) {
      CHECK(outcome(with_end_marker(first_bytes(file, at)), denominator) == "truncated");
    }
  }
  const auto half = decode(with_end_marker(first_bytes(file, (data.begin + data.end) / 2)));
  REQUIRE_FALSE(half);
  CHECK(half.error().message.starts_with("the picture's data ends at row "));
  CHECK(half.error().message.ends_with(" of 96"));
}

TEST_CASE("A JPEG with a hole in its data fails", "[imaging]") {
  const Configure& configure = GENERATE(kBaseline, kRestarts);
  const Bytes file = libjpeg_file(picture(), configure);
  const ScanData data = scan_data(file);
  for (const int percent : {10, 40, 70}) {
    const std::size_t at = data.begin + (data.end - data.begin) * percent / 100;
    const std::size_t hole = (data.end - data.begin) / 5;
    const std::string_view code = outcome(without(file, at, at + hole));
    CHECK((code == "corrupt" || code == "truncated"));
    Bytes zeroed = file;
    std::fill_n(zeroed.begin() + static_cast<std::ptrdiff_t>(at), hole, std::uint8_t{0});
    CHECK(outcome(zeroed) != "ok");
  }
}

TEST_CASE("A progressive JPEG with a hole in it fails", "[imaging]") {
  const Bytes file = libjpeg_file(picture(), kProgressive);
  // Across the header of a scan, which makes the end of one scan the end of the other.
  const std::size_t between = scan_data(file, 3).end;
  CHECK(outcome(without(file, between - 60, between + 260)) == "corrupt");
}

TEST_CASE("Zeros in place of a JPEG's data are told", "[imaging]") {
  struct Share {
    std::size_t hole;
    double told;
  };
  const auto& [configure, shares] = GENERATE(
      std::pair<Configure, std::vector<Share>>{kBaseline, {{64, 0.5}, {512, 0.95}, {4096, 1}}},
      std::pair<Configure, std::vector<Share>>{kProgressive, {{64, 0.6}, {512, 0.7}, {4096, 0.9}}});
  const Bytes file = libjpeg_file(picture({320, 240}), configure);
  const std::size_t begin = scan_data(file).begin;
  for (const auto& [hole, share] : shares) {
    constexpr int kPlaces = 40;
    int told = 0;
    for (std::size_t i = 0; i < kPlaces; ++i) {
      Bytes zeroed = file;
      const std::size_t at = begin + (file.size() - 2 - hole - begin) * i / kPlaces;
      std::fill_n(zeroed.begin() + static_cast<std::ptrdiff_t>(at), hole, std::uint8_t{0});
      told += outcome(zeroed) == "ok" ? 0 : 1;
    }
    CAPTURE(hole, told);
    CHECK(told >= share * kPlaces);
  }
}

TEST_CASE("What follows the last block is searched once, however often a marker parts it",
          "[imaging]") {
  Bytes parts;
  while (parts.size() < 500'000) {
    for (std::uint8_t i = 0; i < 9; ++i) parts.push_back(i);
    parts.insert(parts.end(), {0xFF, 0xD0});
  }
  const Bytes file = libjpeg_file(picture());
  const Bytes hostile = with_inserted(file, file.size() - 2, parts);
  const auto begin = std::chrono::steady_clock::now();
  outcome(hostile);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
}

TEST_CASE("Missing or misplaced restart markers are damage", "[imaging]") {
  const Bytes file = libjpeg_file(picture(), kRestarts);
  const std::size_t first = find_marker(file, 0xD0);
  const std::size_t second = find_marker(file, 0xD1);
  REQUIRE(first < second);
  CHECK(outcome(file) == "ok");
  CHECK(outcome(without(file, first, second)) == "corrupt");
  Bytes renumbered = file;
  renumbered[first + 1] = 0xD5;
  CHECK(outcome(renumbered) == "corrupt");
  CHECK(outcome(with_inserted(file, first, Bytes(100, 0x12))) == "corrupt");
}

TEST_CASE("A JPEG that claims more than it holds fails at once", "[imaging]") {
  const Configure& configure = GENERATE(kBaseline, kProgressive);
  const Bytes file = with_jpeg_size(libjpeg_file(picture({16, 16}), configure), 13377, 13377);
  const std::size_t end = file.size() - GENERATE(0u, 2u);  // with its end marker, and without
  int asked = 0;
  DecodeLimits limits;
  limits.give_up = [&] {
    ++asked;
    return false;
  };
  const auto decoded = JpegDecoder().decode(first_bytes(file, end), 8, limits, 0);
  REQUIRE_FALSE(decoded);
  // In a progressive file another scan follows the one that ends too early.
  CHECK((decoded.error().code == "truncated" || decoded.error().code == "corrupt"));
  CHECK(asked < 10);  // of hundreds of rows of blocks
}

TEST_CASE("A JPEG that lacks its end marker alone is a picture", "[imaging]") {
  const Configure& configure = GENERATE(kBaseline, kRestarts, kProgressive);
  const Bytes file = libjpeg_file(picture(), configure);
  const Image whole = decode(file).value();
  for (const std::size_t missing : {1, 2}) {
    const auto decoded = decode(std::span(file).first(file.size() - missing));
    REQUIRE(decoded);
    CHECK(same_pixels(*decoded, whole));
  }
  CHECK(outcome(std::span(file).first(file.size() - 3)) == "truncated");
}

TEST_CASE("What is unusual about a JPEG, and loses nothing, is no damage", "[imaging]") {
  const Bytes file = libjpeg_file(picture());
  const Image whole = decode(file).value();
  const auto is_whole = [&](const Bytes& other) {
    const auto decoded = decode(other);
    return decoded && same_pixels(*decoded, whole);
  };
  const std::size_t scan = find_marker(file, 0xDA);
  Bytes last_coefficient = file;
  last_coefficient[scan_data(file).begin - 2] = 0;  // Se, as some phones write it
  CHECK(is_whole(last_coefficient));
  CHECK(is_whole(with_inserted(file, scan, Bytes(30, 0x11))));
  CHECK(is_whole(with_inserted(file, file.size() - 2, Bytes(200, 0x11))));
  CHECK(is_whole(with_inserted(file, 2, jpeg_marker(0xE0, {"JFIF\0\7\7\0\0\1\0\1\0\0", 14}, {}))));
  CHECK(is_whole(with_inserted(file, file.size() - 2, bytes_of({"\xFF\xFF\xFF", 3}))));

  const Bytes restarts = libjpeg_file(picture(), kRestarts);
  const Bytes padded = with_inserted(restarts, find_marker(restarts, 0xD0), {0, 0});
  CHECK(same_pixels(decode(padded).value(), decode(restarts).value()));
}

TEST_CASE("A JPEG may end after any scan that shows all of it", "[imaging]") {
  const Bytes file = libjpeg_file(picture(), kProgressive);
  const Image whole = decode(file).value();
  for (const int scan : {1, 4}) {
    const Bytes coarse = first_bytes(file, scan_data(file, scan).end);
    const auto decoded = decode(with_end_marker(coarse));
    REQUIRE(decoded);
    CHECK(difference(*decoded, whole) < 20);
    // Without a marker it may as well be cut off.
    CHECK(outcome(coarse) == "truncated");
  }
}

TEST_CASE("A JPEG without any data of a component is damaged", "[imaging]") {
  static const jpeg_scan_info kScans[] = {{1, {0, 0, 0, 0}, 0, 63, 0, 0},
                                          {1, {1, 0, 0, 0}, 0, 63, 0, 0},
                                          {1, {2, 0, 0, 0}, 0, 63, 0, 0}};
  const Bytes file = libjpeg_file(picture(), [](jpeg_compress_struct& jpeg) {
    jpeg.scan_info = kScans;
    jpeg.num_scans = 3;
  });
  CHECK(outcome(file) == "ok");
  const Bytes one = first_bytes(file, scan_data(file, 0).end);
  const auto decoded = decode(with_end_marker(one));
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error().code == "corrupt");
  CHECK(decoded.error().message == "the picture's data is damaged: component 2 of 3 is missing");
  CHECK(outcome(one) == "truncated");
}

TEST_CASE("The last bits of a scan of details may be missing", "[imaging]") {
  const Bytes file = libjpeg_file(picture(), kProgressive);
  const Image whole = decode(file).value();
  const std::size_t end = scan_data(file, 1).end;  // one of details, as some encoders write it
  const auto decoded = decode(without(file, end - 1, end));
  REQUIRE(decoded);
  CHECK(difference(*decoded, whole) < 1);
  const std::size_t coarse = scan_data(file, 0).end;  // the first, which all others refine
  CHECK(outcome(without(file, coarse - 2, coarse)) == "corrupt");
}

TEST_CASE("More than the last bits of a scan of details is damage", "[imaging]") {
  const auto& [size, configure] =
      GENERATE(std::pair<Size, Configure>{{240, 16}, kProgressive},  // one row of blocks
               std::pair<Size, Configure>{{240, 96}, [](jpeg_compress_struct& jpeg) {
                                            jpeg_simple_progression(&jpeg);
                                            jpeg.restart_in_rows = 1;
                                          }});
  const Bytes file = libjpeg_file(picture(size), configure);
  CHECK(outcome(file) == "ok");
  const std::size_t end = scan_data(file, 1).end;
  CHECK(outcome(without(file, end - 20, end)) != "ok");
}

TEST_CASE("A JPEG of arithmetic code that is cut off is truncated", "[imaging]") {
  const Bytes file =
      libjpeg_file(picture(), [](jpeg_compress_struct& jpeg) { jpeg.arith_code = TRUE; });
  CHECK(outcome(file) == "ok");
  const ScanData data = scan_data(file);
  CHECK(outcome(first_bytes(file, (data.begin + data.end) / 2)) == "truncated");
}

TEST_CASE("Nothing from beyond the edge shows in a shrunk JPEG", "[imaging]") {
  const bool by_column = GENERATE(true, false);
  const int extra = GENERATE(1, 3, 5, 8, 9, 15);
  const auto factors = GENERATE(std::pair(1, 1), std::pair(2, 1), std::pair(1, 2), std::pair(2, 2));
  const int denominator = GENERATE(2, 4, 8);
  const int side = 96 + extra;
  const int unit = 8 * (by_column ? factors.first : factors.second);
  const int coded = (side + unit - 1) / unit * unit;
  CAPTURE(by_column, side, factors.first, factors.second, denominator);
  // Gray, and red behind the edge; the frame header says where that is.
  const Size whole = by_column ? Size{coded, 96} : Size{96, coded};
  const Size seen = by_column ? Size{side, 96} : Size{96, side};
  const Image padded = paint(whole, {3, 8}, [&](int x, int y, int c) {
    return (by_column ? x : y) < side ? 128 : c == 0 ? 255 : 0;
  });
  const Bytes file = with_jpeg_size(libjpeg_file(padded,
                                                 [&](jpeg_compress_struct& jpeg) {
                                                   jpeg_set_quality(&jpeg, 100, TRUE);
                                                   jpeg.comp_info[0].h_samp_factor = factors.first;
                                                   jpeg.comp_info[0].v_samp_factor = factors.second;
                                                 }),
                                    seen.width, seen.height);
  const auto decoded = decode(file, denominator);
  REQUIRE(decoded);
  const Image gray = paint(decoded->size(), {3, 8}, [](int, int, int) { return 128; });
  CHECK(difference(*decoded, gray) < 0.1);
}
