// Manifests: which files there are below a folder, and their SHA-256.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "engine/executor.h"

namespace imagemill {

// Path relative to a folder → SHA-256 in hex.
using FileDigests = std::map<std::string, std::string>;

// The file format, one line a file, sorted by path:
//   # imagemill-manifest 1
//   <SHA-256>  <path>
// A path with a backslash, newline or carriage return is escaped as sha256sum escapes it, so that
// `sha256sum -c` accepts the file.
std::string manifest_line(const std::string& path, const std::string& sha256);

// Collects lines on the disk while a run goes on; sorted into place at its end. Not thread-safe.
class ManifestWriter {
 public:
  // Opens `file` + ".part" beside the manifest.
  static Result<ManifestWriter> create(const std::filesystem::path& file);
  void add(const Written& written);
  // Sorts what was added into `file` and removes the part.
  Result<void> finish();
  // Removes the part and leaves `file` as it was.
  void discard();

 private:
  std::filesystem::path file_;
  std::filesystem::path part_;
  std::ofstream stream_;
};

Result<FileDigests> read_manifest(const std::filesystem::path& file);

// Hashes every file below a folder, with `threads` threads.
Result<FileDigests> digest_folder(const std::filesystem::path& folder, int threads);

// How two sets of files differ; each list sorted by path.
struct Difference {
  std::vector<std::string> only_first;
  std::vector<std::string> only_second;
  std::vector<std::string> content;  // in both, but not the same bytes

  bool none() const { return only_first.empty() && only_second.empty() && content.empty(); }
};
Difference compare(const FileDigests& first, const FileDigests& second);

}  // namespace imagemill
