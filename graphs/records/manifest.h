// Manifests: the files below a folder and their SHA-256.
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

// Map from a path relative to a folder to the SHA-256 in hex.
using FileDigests = std::map<std::string, std::string>;

// One line of a manifest. The file has a header, then one line a file, sorted by path:
//   # imagemill-manifest 1
//   <SHA-256>  <path>
// A path with a backslash, newline or carriage return is escaped as sha256sum escapes it, so that
// `sha256sum -c` accepts the file.
std::string manifest_line(const std::string& path, const std::string& sha256);

// Collects lines during a run, most of them on disk, and sorts them at the end. Not thread-safe.
class ManifestWriter {
 public:
  // Makes the temporary file of the lines, beside the manifest.
  static Result<ManifestWriter> create(const std::filesystem::path& file);
  void add(const Written& written);
  // Adds all entries of another manifest (bad_manifest).
  Result<void> add_all(const std::filesystem::path& manifest);
  // Writes the sorted lines into `file`, whole or not at all. If never called, `file` stays
  // unchanged.
  Result<void> finish();

 private:
  ManifestWriter(std::filesystem::path file, ExternalSort lines)
      : file_(std::move(file)), lines_(std::move(lines)) {}

  std::filesystem::path file_;
  ExternalSort lines_;
};

Result<FileDigests> read_manifest(const std::filesystem::path& file);

// Hashes every file below a folder on `threads` threads. Ends early once `stop` is requested
// (interrupted).
Result<FileDigests> digest_folder(const FileSystem& files, const std::filesystem::path& folder,
                                  int threads, const std::stop_token& stop = {});

// Difference between two sets of files; each list is sorted by path.
struct Difference {
  std::vector<std::string> only_first;
  std::vector<std::string> only_second;
  std::vector<std::string> content;  // paths in both sets, with different bytes

  bool none() const { return only_first.empty() && only_second.empty() && content.empty(); }
};
Difference compare(const FileDigests& first, const FileDigests& second);

}  // namespace imagemill
