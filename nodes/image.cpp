// image: a picture that is the same for every item.
#include "engine/registry.h"
#include "nodes/imaging/colour.h"
#include "nodes/imaging/jpeg.h"
#include "nodes/imaging/orient.h"
#include "nodes/imaging/png.h"

namespace imagemill {
namespace {

struct ImageFile {
  std::string file;

  static void describe(NodeSchema<ImageFile>& s) {
    s.summary("A picture that is loaded once a run, as a logo for compose: JPEG or PNG.");
    s.param("file", &ImageFile::file, "The file, relative to the current folder.");
    s.require([](const ImageFile& i) { return !i.file.empty(); }, "give the file of the picture");
    s.example("logo: {type: image, file: logo.png}");
  }

  Result<Constant<imaging::Image>> load(const Environment& environment) const {
    const auto read = read_file(*environment.files, file);
    if (!read) return of_file(read.error());
    const auto header = imaging::read_header(*read, imaging::DecodeLimits{});
    if (!header) return of_file(Error(header.error()));
    if (!*header) return of_file(Error("truncated", "the file ends before its header does"));
    auto decoded = (*header)->format == imaging::Format::jpeg
                       ? imaging::JpegDecoder().decode(*read, 1, imaging::DecodeLimits{}, 0)
                       : imaging::decode_png(*read, imaging::DecodeLimits{});
    if (!decoded) return of_file(Error(decoded.error()));
    imaging::Image image =
        imaging::to_8_bit(imaging::orient(std::move(*decoded), (*header)->orientation));
    const Facts facts{.width = image.width(),
                      .height = image.height(),
                      .pixel_width = image.width(),
                      .pixel_height = image.height(),
                      .channels = image.format().channels,
                      .bits = image.format().bits,
                      .file_bytes = read->size(),
                      .bytes = image.byte_size()};
    return Constant<imaging::Image>{facts, std::move(image), fingerprint(*read)};
  }

 private:
  Result<Constant<imaging::Image>> of_file(Error error) const {
    error.message = "'" + file + "': " + error.message;
    error.param = "file";
    return tl::make_unexpected(std::move(error));
  }
};

IMAGEMILL_REGISTER_NODE("image", ImageFile);

}  // namespace
}  // namespace imagemill
