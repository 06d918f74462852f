#include "engine/files/file_system.h"

#include <algorithm>

namespace imagemill {

namespace fs = std::filesystem;

Result<void> InputFile::skip(std::uint64_t bytes) {
  constexpr std::uint64_t kPiece = std::uint64_t{64} << 10;
  std::vector<std::uint8_t> piece(std::min(bytes, kPiece));
  while (bytes > 0) {
    const auto passed = read(std::span(piece).first(std::min<std::uint64_t>(bytes, piece.size())));
    if (!passed) return tl::make_unexpected(passed.error());
    if (*passed == 0) break;
    bytes -= *passed;
  }
  return {};
}

static tl::unexpected<Error> stopped() {
  return failure("interrupted", "stopped while the file was read");
}

Result<std::vector<std::uint8_t>> read_file(const FileSystem& files, const fs::path& path,
                                            const std::stop_token& stop) {
  constexpr std::size_t kPiece = std::size_t{4} << 20;
  auto file = files.open(path);
  if (!file) return tl::make_unexpected(file.error());
  std::vector<std::uint8_t> bytes((*file)->size());
  for (std::span<std::uint8_t> rest = bytes; !rest.empty();) {
    if (stop.stop_requested()) return stopped();
    const std::span<std::uint8_t> piece = rest.first(std::min(rest.size(), kPiece));
    const auto read = (*file)->read(piece);
    if (!read) return tl::make_unexpected(read.error());
    if (*read != piece.size()) return failure("truncated", "the file shrank while it was read");
    rest = rest.subspan(piece.size());
  }
  return bytes;
}

Result<Fingerprint> fingerprint_of(const FileSystem& files, const fs::path& path,
                                   const std::stop_token& stop) {
  constexpr std::size_t kPiece = std::size_t{128} << 10;
  auto file = files.open(path);
  if (!file) return tl::make_unexpected(file.error());
  Fingerprinter whole;
  std::vector<std::uint8_t> piece(kPiece);
  while (true) {
    if (stop.stop_requested()) return stopped();
    const auto read = (*file)->read(piece);
    if (!read) return tl::make_unexpected(read.error());
    whole.add_bytes(std::span(piece).first(*read));
    if (*read < piece.size()) return whole.finish();
  }
}

}  // namespace imagemill
