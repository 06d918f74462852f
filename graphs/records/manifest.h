// Manifests: which files there are below a folder, and their SHA-256.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/run/executor.h"
#include "graphs/records/external_sort.h"

namespace imagemill {

// Path relative to a folder → SHA-256 in hex.
using FileDigests = std::map<std::string, std::string>;

// The file format, one line a file, sorted by path:
//   # imagemill-manifest 1
//   <SHA-256>  <path>
// A path with a backslash, newline or carriage return is escaped as sha256sum escapes it, so that
// `sha256sum -c` accepts the file.
std::string manifest_line(const std::string& path, const std::string& sha256);

// Collects lines while a run goes on, most of them on the disk; sorted into place at its end. Not
// thread-safe.
class ManifestWriter {
 public:
  // Makes the file in which lines wait, beside the manifest.
  static Result<ManifestWriter> create(const std::filesystem::path& file);
  void add(const Written& written);
  // All that another manifest has.
  Result<void> add_all(const std::filesystem::path& manifest);
  // Sorts what was added into `file`, whole or not at all. Without it `file` stays as it was.
  Result<void> finish();

 private:
  ManifestWriter(std::filesystem::path file, LineSorter lines)
      : file_(std::move(file)), lines_(std::move(lines)) {}

  std::filesystem::path file_;
  LineSorter lines_;
};

Result<FileDigests> read_manifest(const std::filesystem::path& file);

// Hashes every file below a folder, with `threads` threads. Ends early once `stop` is requested
// (interrupted).
Result<FileDigests> digest_folder(const std::filesystem::path& folder, int threads,
                                  const std::stop_token& stop = {});

// How two sets of files differ; each list sorted by path.
struct Difference {
  std::vector<std::string> only_first;
  std::vector<std::string> only_second;
  std::vector<std::string> content;  // in both, but not the same bytes

  bool none() const { return only_first.empty() && only_second.empty() && content.empty(); }
};
Difference compare(const FileDigests& first, const FileDigests& second);

}  // namespace imagemill
