// image: supplies one picture, the same for every item.
#include "engine/node/registry.h"
#include "nodes/imaging/codec/codec_table.h"
#include "nodes/imaging/pixels/colour.h"
#include "nodes/imaging/pixels/orient.h"
#include "nodes/losses.h"

namespace imagemill {
namespace {

struct ImageFile {
  std::string file;

  static void describe(NodeSchema<ImageFile>& s) {
    s.summary("Loads a picture, " + imaging::kinds_of(imaging::codecs().all(), " or ") +
              ", once a run, such as a logo for compose. Its memory counts against the budget; if "
              "the budget is too small, nothing is run (too_much_memory).");
    s.param("file", &ImageFile::file, "The file, relative to the current folder.");
    s.require([](const ImageFile& i) { return !i.file.empty(); }, "give the file of the picture");
    s.example("logo: {type: image, file: logo.png}");
  }

  Result<Constant<imaging::Image>> load(const Environment& environment) const {
    if (auto fits = check_room("its file", file_size(environment), environment); !fits) {
      return of_file(std::move(fits.error()));
    }
    const auto read = read_file(*environment.files, file, environment.stop);
    if (!read) return of_file(read.error());
    std::vector<Loss> losses;
    imaging::DecodeLimits limits;
    limits.profile_dropped = [&](std::string why) {
      losses.push_back({kProfileDropped, std::move(why)});
    };
    const auto header = imaging::read_header(*read, limits);
    if (!header) return of_file(Error(header.error()));
    if (!*header) return of_file(Error("truncated", "the file ends before its header does"));
    const std::uint64_t needed = read->size() + decoding_bytes(**header);
    if (auto fits = check_room("loading it", needed, environment); !fits) {
      return of_file(std::move(fits.error()));
    }
    limits.give_up = [&] { return environment.stop.stop_requested(); };
    auto decoded =
        (*header)->codec->make_decoder()->decode(*read, 1, limits, (*header)->codec_bytes);
    if (!decoded) return of_file(Error(decoded.error()));
    if (limits.give_up()) return of_file(Error("interrupted", "stopped while it was loaded"));
    imaging::Image image =
        imaging::to_8_bit(imaging::orient(std::move(*decoded), (*header)->orientation));
    const Facts facts{.width = image.width(),
                      .height = image.height(),
                      .pixel_width = image.width(),
                      .pixel_height = image.height(),
                      .channels = image.format().channels,
                      .bits = image.format().bits,
                      .file_bytes = read->size(),
                      .bytes = image.byte_size() + (image.icc() ? image.icc()->size() : 0),
                      .profile_bytes = image.icc() ? image.icc()->size() : 0};
    return Constant<imaging::Image>{facts, std::move(image), fingerprint(*read), std::move(losses)};
  }

 private:
  // Size of the file; 0 if unknown, and reading the file then says why.
  std::uint64_t file_size(const Environment& environment) const {
    const auto stamp = environment.files->stamp(file);
    return stamp ? stamp->bytes : 0;
  }

  // Bytes that decoding takes beside the file: the codec, and a second picture while it is turned
  // upright or rounded.
  static std::uint64_t decoding_bytes(const imaging::Header& header) {
    const std::uint64_t pixels = imaging::Image::byte_size(header.size, header.pixels);
    const std::uint64_t turned = imaging::Image::byte_size(header.oriented_size(), header.pixels);
    const std::uint64_t rounded =
        imaging::Image::byte_size(header.oriented_size(), {header.pixels.channels, 8});
    const std::uint64_t second = header.orientation != 1   ? turned
                                 : header.pixels.bits != 8 ? rounded
                                                           : 0;
    return header.codec_bytes + pixels + second;
  }

  static Result<void> check_room(const std::string& what, std::uint64_t bytes,
                                 const Environment& environment) {
    if (bytes <= environment.memory_bytes) return {};
    return failure("too_much_memory",
                   what + " takes " + megabytes(bytes) + " MB, more than the " +
                       megabytes(environment.memory_bytes) +
                       " MB that memory allows for pictures which are loaded before the run");
  }
  // Megabytes as text, rounded up.
  static std::string megabytes(std::uint64_t bytes) {
    return std::to_string(bytes / 1'000'000 + (bytes % 1'000'000 > 0 ? 1 : 0));
  }

  Result<Constant<imaging::Image>> of_file(Error error) const {
    error.message = "'" + file + "': " + error.message;
    error.param = "file";
    return tl::make_unexpected(std::move(error));
  }
};

IMAGEMILL_REGISTER_NODE("image", ImageFile);

}  // namespace
}  // namespace imagemill
