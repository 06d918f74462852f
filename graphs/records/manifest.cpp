#include "graphs/records/manifest.h"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <mutex>
#include <optional>
#include <span>
#include <thread>

#include "engine/base/exception_guard.h"
#include "engine/base/sha256.h"
#include "engine/base/thread.h"
#include "engine/files/posix.h"
#include "graphs/records/record_file.h"

namespace imagemill {
namespace {

constexpr std::string_view kHeader = "# imagemill-manifest 1";
constexpr std::size_t kDigestLength = 64;

const std::string* escape_of(char c) {
  static const std::string backslash = "\\\\";
  static const std::string newline = "\\n";
  static const std::string carriage_return = "\\r";
  switch (c) {
    case '\\':
      return &backslash;
    case '\n':
      return &newline;
    case '\r':
      return &carriage_return;
    default:
      return nullptr;
  }
}

std::optional<std::string> unescape(const std::string& text) {
  std::string path;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      path += text[i];
      continue;
    }
    if (++i == text.size()) return {};
    switch (text[i]) {
      case '\\':
        path += '\\';
        break;
      case 'n':
        path += '\n';
        break;
      case 'r':
        path += '\r';
        break;
      default:
        return {};
    }
  }
  return path;
}

std::string_view path_of(std::string_view line) { return line.substr(line.find("  ") + 2); }

constexpr std::size_t kLinesInMemory = std::size_t{8} << 20;

// Folder for the lines to be sorted: the manifest's, or the temporary folder if `file` is special.
std::filesystem::path folder_for_lines(const std::filesystem::path& file) {
  std::error_code error;
  return is_special(file) ? std::filesystem::temp_directory_path(error)
                          : std::filesystem::absolute(file, error).parent_path();
}

}  // namespace

std::string manifest_line(const std::string& path, const std::string& sha256) {
  std::string escaped;
  for (const char c : path) {
    const std::string* escape = escape_of(c);
    escaped += escape != nullptr ? *escape : std::string(1, c);
  }
  return (escaped == path ? "" : "\\") + sha256 + "  " + escaped;
}

Result<ManifestWriter> ManifestWriter::create(const std::filesystem::path& file) {
  if (auto writable = check_writable(file); !writable)
    return tl::make_unexpected(std::move(writable.error()));
  ExternalSort lines(folder_for_lines(file), path_of, kLinesInMemory);
  if (const int error = lines.error()) {
    return write_failure("cannot write '" + file.string() + "'", error);
  }
  return ManifestWriter(file, std::move(lines));
}

void ManifestWriter::add(const Written& written) {
  lines_.add(manifest_line(written.path, written.sha256));
}

Result<void> ManifestWriter::add_all(const std::filesystem::path& manifest) {
  std::ifstream stream(manifest, std::ios::binary);
  std::string line;
  if (!stream || !std::getline(stream, line) || line != kHeader) {
    return failure("bad_manifest", "'" + manifest.string() + "' is no manifest");
  }
  while (std::getline(stream, line)) {
    if (line.size() <= kDigestLength + 2) break;
    lines_.add(std::move(line));
  }
  if (stream.eof()) return {};
  return failure("bad_manifest", "'" + manifest.string() + "' cannot be read to its end");
}

// Escaped paths sort as they are written: all that matters is an order that depends on nothing
// else.
Result<void> ManifestWriter::finish() {
  RecordFile record(file_);
  record.stream() << kHeader << '\n';
  if (!lines_.write_sorted(record.stream())) {
    const std::string what = "cannot write '" + file_.string() + "'";
    if (const int error = lines_.error()) return write_failure(what, error);
    return failure("io_error", what + ": its lines are lost");
  }
  return record.finish();
}

Result<FileDigests> read_manifest(const std::filesystem::path& file) {
  const auto bad = [&](const std::string& message) {
    return failure("bad_manifest", "'" + file.string() + "' " + message);
  };
  std::ifstream stream(file, std::ios::binary);
  std::string line;
  if (!stream || !std::getline(stream, line)) return bad("cannot be read");
  if (line != kHeader)
    return bad("is no manifest: its first line is not '" + std::string(kHeader) + "'");
  FileDigests digests;
  for (int number = 2; std::getline(stream, line); ++number) {
    const bool escaped = line.starts_with('\\');
    if (escaped) line.erase(0, 1);
    const bool formed = line.size() > kDigestLength + 2 &&
                        line.compare(kDigestLength, 2, "  ") == 0 &&
                        line.find_first_not_of("0123456789abcdef") == kDigestLength;
    const auto path = !formed   ? std::optional<std::string>()
                      : escaped ? unescape(line.substr(kDigestLength + 2))
                                : line.substr(kDigestLength + 2);
    if (!path) return bad("has a malformed line " + std::to_string(number));
    digests[*path] = line.substr(0, kDigestLength);
  }
  return digests;
}

namespace {

// True for a pipe, a device, a link to nothing.
bool is_no_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto kind = std::filesystem::status(path, error).type();
  return kind != std::filesystem::file_type::regular && kind != std::filesystem::file_type::none;
}

// SHA-256 of a whole file; memory: one piece of 128 KiB.
Result<std::string> digest_of(const FileSystem& files, const std::filesystem::path& path,
                              const std::stop_token& stop) {
  auto file = files.open(path);
  if (!file) return tl::make_unexpected(std::move(file.error()));
  Sha256Sum whole;
  std::vector<std::uint8_t> piece(std::size_t{128} << 10);
  while (true) {
    if (stop.stop_requested()) return failure("interrupted", "stopped while it was read");
    const auto read = (*file)->read(piece);
    if (!read) return tl::make_unexpected(read.error());
    whole.add(std::span(piece).first(*read));
    if (*read < piece.size()) return to_hex(whole.finish());
  }
}

}  // namespace

Result<FileDigests> digest_folder(const FileSystem& files, const std::filesystem::path& folder,
                                  int threads, const std::stop_token& stop) {
  auto walk = files.walk(folder, {}, stop);
  if (!walk) return tl::make_unexpected(std::move(walk.error()));
  std::vector<Entry> entries = sorted(**walk);
  if (!entries.empty() && entries.back().error) {
    Error unreadable = *entries.back().error;
    unreadable.item = folder / entries.back().key;
    return tl::make_unexpected(std::move(unreadable));
  }
  std::erase_if(entries, [&](const Entry& entry) { return is_no_file(folder / entry.key); });

  std::vector<std::string> digests(entries.size());
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::optional<Error> failed;
  const auto fail = [&](Error error) {
    next = digests.size();
    const std::lock_guard lock(mutex);
    if (!failed) failed = std::move(error);
  };
  const auto work = [&] {
    for (std::size_t i; !stop.stop_requested() && (i = next++) < digests.size();) {
      auto digest = digest_of(files, folder / entries[i].key, stop);
      if (digest) {
        digests[i] = std::move(*digest);
      } else {
        digest.error().item = folder / entries[i].key;
        fail(std::move(digest.error()));
      }
    }
  };
  {
    std::vector<std::jthread> pool;
    for (int t = 1; t < threads; ++t) {
      // A thread that cannot be started costs time, not the result.
      auto thread = start_thread(work, fail);
      if (!thread) break;
      pool.push_back(std::move(*thread));
    }
    if (auto worked = guarded(work); !worked) fail(std::move(worked.error()));
  }
  if (stop.stop_requested()) return failure("interrupted", "stopped while the files were compared");
  if (failed) return tl::make_unexpected(std::move(*failed));
  FileDigests result;
  for (std::size_t i = 0; i < digests.size(); ++i)
    result.emplace_hint(result.end(), entries[i].key, digests[i]);
  return result;
}

Difference compare(const FileDigests& first, const FileDigests& second) {
  Difference difference;
  for (const auto& [path, digest] : first) {
    const auto other = second.find(path);
    if (other == second.end()) {
      difference.only_first.push_back(path);
    } else if (other->second != digest) {
      difference.content.push_back(path);
    }
  }
  for (const auto& entry : second) {
    if (!first.contains(entry.first)) difference.only_second.push_back(entry.first);
  }
  return difference;
}

}  // namespace imagemill
