// read: the images below the input folder, each file as an item.
#include <algorithm>
#include <limits>

#include "engine/glob.h"
#include "engine/registry.h"
#include "nodes/imaging/encoded.h"

namespace imagemill {
namespace {

constexpr std::size_t kFirstRead =
    128 * 1024;  // holds the header of nearly every file, and all of a small one

std::string_view extension_of(std::string_view key) {
  const auto dot = key.find_last_of("./");
  return dot == std::string_view::npos || key[dot] == '/' ? "" : key.substr(dot + 1);
}

Facts facts_of(const imaging::Header& header, std::uint64_t file_size) {
  const imaging::Size seen = header.oriented_size();
  return {.width = seen.width,
          .height = seen.height,
          .pixel_width = seen.width,
          .pixel_height = seen.height,
          .channels = header.pixels.channels,
          .bits = header.pixels.bits,
          .orientation = header.orientation,
          .format = imaging::format_name(header.format),
          .extension = imaging::format_extension(header.format),
          .bytes = imaging::BufferPool::capacity(file_size),
          .codec_bytes = header.codec_bytes};
}

struct Read {
  std::string include = "**";
  std::string exclude;
  ByteSize max_file_size{std::uint64_t{256} << 20};

  static void describe(NodeSchema<Read>& s) {
    s.summary(
        "Reads the images below the input folder, in the order of their paths. What is an image is "
        "told by a "
        "file's first bytes, not by its name.");
    s.resource(Resource::io, 2);
    s.param("include", &Read::include,
            "Which files, by path below the input folder: * is any text without a slash, "
            "** any text, ? one character.");
    s.param("exclude", &Read::exclude, "Which of those not.");
    s.param("max_file_size", &Read::max_file_size, "A larger file fails (file_too_large).");
    s.example("read: {type: read, include: \"**.jpg\", concurrency: 2}");
  }

  Result<void> open(const Environment& environment) {
    environment_ = environment;
    std::error_code error;
    if (std::filesystem::is_directory(environment.input, error)) return {};
    return failure("not_a_folder", "the input '" + environment.input.string() +
                                       "' is not a folder that can be read");
  }

  Result<Listing> list() const {
    auto listing = environment_.files->list(environment_.input, environment_.output);
    if (listing) {
      std::erase_if(listing->files, [&](const std::string& key) {
        return !glob_matches(include, key) || (!exclude.empty() && glob_matches(exclude, key));
      });
    }
    return listing;
  }

  Result<std::optional<Candidate<imaging::Encoded>>> probe(const std::string& key) const {
    auto opened = environment_.files->open(environment_.input / key);
    if (!opened) return tl::make_unexpected(std::move(opened.error()));
    const std::shared_ptr<InputFile> file = std::move(*opened);
    const std::uint64_t size = file->size();

    imaging::Bytes head;
    if (auto more = read_up_to(*file, head, std::min<std::uint64_t>(size, kFirstRead)); !more) {
      return tl::make_unexpected(std::move(more.error()));
    }
    const auto format = imaging::sniff(head);
    if (!format) {
      if (!imaging::format_of_extension(extension_of(key)))
        return std::optional<Candidate<imaging::Encoded>>();
      return failure("not_an_image",
                     size == 0 ? "the file is empty" : "neither a JPEG nor a PNG file");
    }
    if (size > max_file_size.bytes) {
      return failure("file_too_large", "the file has " + std::to_string(size) +
                                           " bytes, more than max_file_size (" +
                                           TextValue<ByteSize>::format(max_file_size) + ")");
    }
    // How many pixels are too many is for the node to say that decodes them.
    const imaging::DecodeLimits unlimited{.max_pixels = std::numeric_limits<std::int64_t>::max()};
    while (true) {
      auto header = imaging::read_header(head, unlimited);
      if (!header) return tl::make_unexpected(Error(std::move(header.error())));
      if (*header) {
        return Candidate<imaging::Encoded>{
            facts_of(**header, size), [file, format = *format, head = std::move(head)]() mutable {
              return load(*file, format, std::move(head));
            }};
      }
      if (head.size() == size) return failure("truncated", "the file ends before its header does");
      if (auto more = read_up_to(*file, head, std::min<std::uint64_t>(size, head.size() * 4));
          !more) {
        return tl::make_unexpected(std::move(more.error()));
      }
    }
  }

 private:
  static Result<imaging::Encoded> load(InputFile& file, imaging::Format format,
                                       imaging::Bytes head) {
    if (auto rest = read_up_to(file, head, file.size()); !rest)
      return tl::make_unexpected(std::move(rest.error()));
    return imaging::Encoded{std::make_shared<const imaging::Bytes>(std::move(head)), format};
  }

  // Reads on until `bytes` holds `size` bytes of the file.
  static Result<void> read_up_to(InputFile& file, imaging::Bytes& bytes, std::uint64_t size) {
    const std::size_t held = bytes.size();
    bytes.reserve(size);  // resize() would take up to twice as much
    bytes.resize(size);
    const auto read = file.read(std::span(bytes).subspan(held));
    if (!read) return tl::make_unexpected(read.error());
    if (*read < size - held) return failure("truncated", "the file shrank while it was read");
    return {};
  }

  Environment environment_;
};

IMAGEMILL_REGISTER_NODE("read", Read);

}  // namespace
}  // namespace imagemill
