#include "nodes/imaging/codec/exif.h"

#include <string>

#include "nodes/imaging/codec/encoded.h"
#include "nodes/imaging/codec/jpeg/jpeg.h"
#include "nodes/imaging/codec/png/png.h"
#include "tests/imaging/pictures.h"
#include "tests/support/catch.h"

using namespace imagemill::imaging;
using namespace imagemill::imaging::testing;

namespace {

constexpr int kAscii = 2;
constexpr int kShort = 3;

// An entry of a directory, its value as it is stored.
struct Entry {
  int tag;
  int type;
  std::string value;
};

Entry ascii(int tag, const std::string& value) { return {tag, kAscii, value + '\0'}; }

// Writes an EXIF block: the first directory, the Exif directory, then the longer values.
class Block {
 public:
  explicit Block(bool little_endian) : little_endian_(little_endian) {
    bytes_ = bytes_of(little_endian ? "II" : "MM");
    put(42, 2);
    put(8, 4);
  }

  Bytes with(const std::vector<Entry>& first, const std::vector<Entry>& second) {
    const auto directory_bytes = [](std::size_t entries) { return 2 + 12 * entries + 4; };
    const std::size_t exif_at = 8 + directory_bytes(first.size() + !second.empty());
    values_at_ = exif_at + (second.empty() ? 0 : directory_bytes(second.size()));
    put_directory(first, second.empty() ? 0 : exif_at);
    if (!second.empty()) put_directory(second, 0);
    bytes_.insert(bytes_.end(), values_.begin(), values_.end());
    return bytes_;
  }

 private:
  void put(std::size_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) {
      const int shift = 8 * (little_endian_ ? i : bytes - 1 - i);
      bytes_.push_back(static_cast<std::uint8_t>(value >> shift));
    }
  }

  void put_directory(const std::vector<Entry>& entries, std::size_t exif_at) {
    put(entries.size() + (exif_at != 0), 2);
    for (const Entry& entry : entries) {
      put(static_cast<std::size_t>(entry.tag), 2);
      put(static_cast<std::size_t>(entry.type), 2);
      put(entry.type == kShort ? entry.value.size() / 2 : entry.value.size(), 4);
      if (entry.value.size() > 4) {
        put(values_at_ + values_.size(), 4);
        values_ += entry.value;
      } else {
        const Bytes inside = bytes_of(entry.value + std::string(4 - entry.value.size(), '\0'));
        bytes_.insert(bytes_.end(), inside.begin(), inside.end());
      }
    }
    if (exif_at != 0) {
      put(0x8769, 2);
      put(4, 2);
      put(1, 4);
      put(exif_at, 4);
    }
    put(0, 4);
  }

  bool little_endian_;
  Bytes bytes_;
  std::size_t values_at_ = 0;
  std::string values_;
};

Bytes block(const std::vector<Entry>& first, const std::vector<Entry>& second = {},
            bool little_endian = true) {
  return Block(little_endian).with(first, second);
}

// All nine, in no order, among others.
Bytes full_block(bool little_endian) {
  return block({ascii(0x8298, "(c) Ada"),
                ascii(0x0110, "EOS 5D"),
                ascii(0x010F, "Cam"),
                {0x0112, kShort, little_endian ? std::string("\6\0", 2) : std::string("\0\6", 2)},
                ascii(0x010E, "A bridge"),
                ascii(0x0131, "imagemill"),
                ascii(0x0132, "2024:05:06 07:08:09"),
                ascii(0x013B, "Ada"),
                ascii(0x9003, "not here")},
               {ascii(0x9004, "2001:02:03 04:05:06"), ascii(0x010F, "nor here"),
                ascii(0x9003, "2000:01:02 03:04:05")},
               little_endian);
}

const std::vector<ExifText> kAll = {{"ImageDescription", "A bridge"},
                                    {"Make", "Cam"},
                                    {"Model", "EOS 5D"},
                                    {"Software", "imagemill"},
                                    {"DateTime", "2024-05-06 07:08:09"},
                                    {"Artist", "Ada"},
                                    {"Copyright", "(c) Ada"},
                                    {"DateTimeOriginal", "2000-01-02 03:04:05"},
                                    {"DateTimeDigitized", "2001-02-03 04:05:06"}};

// Artist as read from the bytes `stored`; empty if there is none.
std::string artist(const std::string& stored, int type = kAscii) {
  const std::vector<ExifText> texts = exif_texts(block({{0x013B, type, stored}}));
  if (texts.empty()) return "";
  REQUIRE(texts.size() == 1);
  CHECK(texts[0].name == "Artist");
  CHECK_FALSE(texts[0].value.empty());
  return texts[0].value;
}

Header header_of(const Bytes& file) { return read_header(file, {}).value().value(); }

}  // namespace

TEST_CASE("A date that the camera did not know is none", "[imaging]") {
  const auto date = [](const std::string& stored) {
    const std::vector<ExifText> texts = exif_texts(block({ascii(0x0132, stored)}));
    return texts.empty() ? "" : texts[0].value;
  };
  CHECK(date("    :  :     :  :  ").empty());
  CHECK(date("0000:00:00 00:00:00").empty());
  CHECK(date("2008:07:01 17:27:03") == "2008-07-01 17:27:03");
  CHECK(date("2008:07") == "2008:07");  // whatever it means
  CHECK(date("July 2008") == "July 2008");
}

TEST_CASE("The orientation is read from EXIF blocks of both byte orders", "[imaging]") {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const bool little_endian : {true, false}) {
      const Bytes block = exif_block(orientation, little_endian);
      CHECK(exif_orientation(block) == orientation);
      CHECK(exif_orientation(with_inserted(block, 0, bytes_of({"Exif\0\0", 6}))) == orientation);
    }
  }
}

TEST_CASE("An EXIF block without a good orientation means 1", "[imaging]") {
  CHECK(exif_orientation({}) == 1);
  CHECK(exif_orientation(exif_block(0)) == 1);
  CHECK(exif_orientation(exif_block(9)) == 1);
  Bytes other_tag = exif_block(6);
  other_tag[10] = 0x13;
  CHECK(exif_orientation(other_tag) == 1);
  Bytes far_directory = exif_block(6);
  std::fill_n(far_directory.begin() + 4, 4, std::uint8_t{0xFF});
  CHECK(exif_orientation(far_directory) == 1);
  const Bytes block = exif_block(6);
  for (std::size_t bytes = 0; bytes < 22; ++bytes) {
    CHECK(exif_orientation(std::span(block).first(bytes)) == 1);
  }
}

TEST_CASE("The texts are read from EXIF blocks of both byte orders", "[imaging]") {
  for (const bool little_endian : {true, false}) {
    const Bytes block = full_block(little_endian);
    CHECK(exif_texts(block) == kAll);
    CHECK(exif_texts(with_inserted(block, 0, bytes_of({"Exif\0\0", 6}))) == kAll);
    CHECK(exif_orientation(block) == 6);
  }
  std::vector<std::string_view> names;
  for (const ExifText& text : kAll) names.push_back(text.name);
  CHECK(exif_names() == names);
}

TEST_CASE("Short texts lie in the entry itself", "[imaging]") {
  CHECK(artist(std::string("Al\0", 3)) == "Al");
  CHECK(artist(std::string("Ada\0", 4)) == "Ada");
  CHECK(artist(std::string("Adam\0", 5)) == "Adam");
  CHECK(artist("Adam") == "Adam");
  CHECK(artist("A") == "A");
}

TEST_CASE("A text ends at the first NUL, without trailing blanks", "[imaging]") {
  CHECK(artist(std::string("Ada L.\0hidden", 13)) == "Ada L.");
  CHECK(artist(" Ada  L.   ") == " Ada  L.");
  CHECK(artist("Ada L.\r\n \t") == "Ada L.");
  CHECK(artist(std::string("\0Ada L.", 7)).empty());
  CHECK(artist("          ").empty());
  CHECK(artist("").empty());
}

TEST_CASE("A text is clean UTF-8", "[imaging]") {
  CHECK(artist("J\xC3\xBCrgen \xE2\x82\xAC \xF0\x9F\x93\xB7") ==
        "J\xC3\xBCrgen \xE2\x82\xAC \xF0\x9F\x93\xB7");
  CHECK(artist("J\xFCrgen") == "J?rgen");            // Latin-1
  CHECK(artist("a\nb\x1B[0m\x7F!") == "a?b?[0m?!");  // controls
  CHECK(artist("a\xC2\x9Bz") == "a?z");              // of C1, one character
  CHECK(artist("a\xC0\xAFz") == "a??z");             // overlong
  CHECK(artist("a\xE0\x80\xAFz") == "a???z");        // overlong
  CHECK(artist("a\xED\xA0\x80z") == "a???z");        // a surrogate
  CHECK(artist("a\xF4\x90\x80\x80z") == "a????z");   // beyond Unicode
  CHECK(artist("abcd\xE2\x82") == "abcd??");         // cut
  CHECK(artist("\xFF\xFE\x80\xF8\xFC") == "?????");
}

TEST_CASE("A text has at most 255 bytes and no half characters", "[imaging]") {
  CHECK(artist(std::string(255, 'a')) == std::string(255, 'a'));
  CHECK(artist(std::string(70000, 'a')) == std::string(255, 'a'));
  CHECK(artist(std::string(254, 'a') + "\xC3\xBC") == std::string(254, 'a'));
  CHECK(artist(std::string(253, 'a') + "\xC3\xBC!") == std::string(253, 'a') + "\xC3\xBC");
  CHECK(artist(std::string(200, 'a') + std::string(100, ' ') + "b") == std::string(200, 'a'));
}

TEST_CASE("An orientation may be an integer of any type", "[imaging]") {
  struct Kind {
    int type;
    std::size_t bytes;
  };
  for (const bool little_endian : {true, false}) {
    for (const Kind kind : {Kind{1, 1}, {3, 2}, {4, 4}, {6, 1}, {7, 1}, {8, 2}, {9, 4}}) {
      const auto with = [&](int value) {
        // `block` counts the bytes of a value that is no SHORT.
        Bytes exif = exif_block(1, little_endian);
        std::fill(exif.begin() + 18, exif.begin() + 22, value < 0 ? 0xFF : 0);
        exif[little_endian ? 12 : 13] = static_cast<std::uint8_t>(kind.type);
        exif[little_endian ? 18 : 18 + kind.bytes - 1] = static_cast<std::uint8_t>(value);
        return exif_orientation(exif);
      };
      CAPTURE(little_endian, kind.type);
      for (int orientation = 1; orientation <= 8; ++orientation)
        CHECK(with(orientation) == orientation);
      CHECK(with(0) == 1);
      CHECK(with(9) == 1);
      CHECK(with(-2) == 1);
    }
    for (const int type : {2, 5, 10, 11, 12, 99}) {
      Bytes exif = exif_block(6, little_endian);
      exif[little_endian ? 12 : 13] = static_cast<std::uint8_t>(type);
      CHECK(exif_orientation(exif) == 1);
    }
  }
}

TEST_CASE("Texts may be of any type of bytes, and numbers", "[imaging]") {
  for (const int type : {1, 2, 6, 7, 129}) CHECK(artist("Ada L.", type) == "Ada L.");
  CHECK(artist(std::string("\x2C\1", 2), kShort) == "300");
  CHECK(artist(std::string("\1\0\2\0\3\0", 6), kShort) == "1 2 3");
  const std::vector<ExifText> date =
      exif_texts(block({{0x0132, 7, std::string("2008:07:01 17:27:03\0", 20)}}));
  CHECK(date == std::vector<ExifText>{{"DateTime", "2008-07-01 17:27:03"}});
}

TEST_CASE("Only the first of a kind counts, and of what is no text none", "[imaging]") {
  for (const int type : {0, 4, 5, 12, 65535}) CHECK(artist("Ada L.", type).empty());
  CHECK(exif_texts(block({ascii(0x013B, "First"), ascii(0x013B, "Second")})) ==
        std::vector<ExifText>{{"Artist", "First"}});
  CHECK(exif_texts(block({{0x013B, 5, "ratios"}, ascii(0x013B, "Second")})).empty());
}

TEST_CASE("What lies outside the block does not exist", "[imaging]") {
  const Bytes good = block({ascii(0x013B, "Ada Lovelace")});
  constexpr std::size_t kCount = 8 + 2 + 4;  // of the first entry
  constexpr std::size_t kOffset = kCount + 4;
  const auto with = [&](std::size_t at, std::uint32_t value) {
    Bytes changed = good;
    for (int i = 0; i < 4; ++i) changed[at + i] = static_cast<std::uint8_t>(value >> 8 * i);
    return exif_texts(changed);
  };
  CHECK(with(kCount, 13).size() == 1);
  CHECK(with(kCount, 14).empty());
  CHECK(with(kCount, 0xFFFFFFFF).empty());
  CHECK(with(kOffset, static_cast<std::uint32_t>(good.size())).empty());
  CHECK(with(kOffset, 0xFFFFFFFF).empty());
  CHECK(with(4, 0xFFFFFFFF).empty());
  CHECK(with(4, static_cast<std::uint32_t>(good.size())).empty());
}

TEST_CASE("Directories that name each other are read once", "[imaging]") {
  Bytes looped = block({ascii(0x013B, "Ada")}, {ascii(0x9003, "2000:01:02 03:04:05")});
  constexpr std::size_t kPointer = 8 + 2 + 12 + 8;  // of the second entry
  REQUIRE(looped[kPointer] == 8 + 2 + 24 + 4);
  looped[kPointer] = 8;
  CHECK(exif_texts(looped) == std::vector<ExifText>{{"Artist", "Ada"}});
  for (const int anywhere : {0, 1, 7, 255}) {
    looped[kPointer] = static_cast<std::uint8_t>(anywhere);
    CHECK(exif_texts(looped) == std::vector<ExifText>{{"Artist", "Ada"}});
  }
}

TEST_CASE("An EXIF block may be cut anywhere", "[imaging]") {
  for (const bool little_endian : {true, false}) {
    const Bytes whole = full_block(little_endian);
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
      // A copy in memory of its own, so that AddressSanitizer sees the end.
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(bytes));
      for (const ExifText& text : exif_texts(cut)) {
        REQUIRE(std::find(kAll.begin(), kAll.end(), text) != kAll.end());
      }
    }
  }
}

TEST_CASE("Damaged EXIF blocks give an orientation in range and clean texts", "[imaging]") {
  std::mt19937 random(7);
  for (int i = 0; i < 5000; ++i) {
    const bool little_endian = i % 2 == 0;
    const int orientation = exif_orientation(mutated(exif_block(6, little_endian), 0, random));
    REQUIRE((orientation >= 1 && orientation <= 8));
    const auto texts = exif_texts(mutated(full_block(little_endian), 0, random));
    REQUIRE(texts.size() <= exif_names().size());
    for (const ExifText& text : texts) {
      REQUIRE((!text.value.empty() && text.value.size() <= 255));
      REQUIRE(std::none_of(text.value.begin(), text.value.end(),
                           [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
    }
  }
}

TEST_CASE("A header has its file's texts", "[imaging]") {
  const Bytes jpeg = JpegEncoder().encode(gradient({20, 10}, {3, 8}), {}).value();
  const Bytes png = encode_png(gradient({20, 10}, {3, 8}), {}).value();
  CHECK(header_of(jpeg).exif.empty());
  CHECK(header_of(png).exif.empty());

  const auto app1 = [](const Bytes& exif) { return jpeg_marker(0xE1, {"Exif\0\0", 6}, exif); };
  const Bytes telling = with_inserted(jpeg, 2, app1(full_block(true)));
  CHECK(header_of(telling).exif == kAll);
  CHECK(header_of(telling).orientation == 6);
  CHECK(header_of(with_inserted(png, kAfterIhdr, png_chunk("eXIf", full_block(false)))).exif ==
        kAll);

  // The first of two blocks counts.
  const Bytes two = with_inserted(telling, 2, app1(block({ascii(0x013B, "First")})));
  CHECK(header_of(two).exif == std::vector<ExifText>{{"Artist", "First"}});
  CHECK(header_of(two).orientation == 1);
}
