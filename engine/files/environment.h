// What the nodes of a graph share: input, output, file system and limits.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <stop_token>
#include <string>
#include <string_view>

#include "engine/files/file_system.h"

namespace imagemill {

enum class Digests { off, on };  // whether sinks compute the SHA-256 of each output

// Whether the output folder may be the input folder, or lie in the input folder.
enum class Nesting { refused, allowed };

struct Environment {
  std::filesystem::path input;      // a folder, a list of files, or "-"
  std::filesystem::path list = {};  // a file that lists what to read of `input`; empty: all
  std::filesystem::path output;     // the folder that sinks write to
  FileSystem* files = &FileSystem::real();
  Digests digests = Digests::off;
  Nesting nesting = Nesting::refused;
  // Requested when the run must end early. Long work before the first item asks this token, and
  // ends with the error "interrupted".
  std::stop_token stop = {};
  // Memory that a node may hold while it opens, in bytes. A constant whose header asks for more is
  // refused before loading (too_much_memory).
  std::uint64_t memory_bytes = std::numeric_limits<std::uint64_t>::max();
};

// The input path that means standard input.
inline constexpr std::string_view kStandardInput = "-";

// The folder that keys are relative to: `input` if it is a folder; empty for a list.
std::filesystem::path base_of(const std::filesystem::path& input);

// Position of two folders to each other, however their paths are spelled. Follows links. The
// folders need not exist.
enum class Layout { apart, same, output_in_input, input_in_output };
Layout layout_of(const std::filesystem::path& input, const std::filesystem::path& output);
// Position of the environment's folders; apart if the input is a list.
Layout layout_of(const Environment& environment);
// Path of the input folder below the output folder, with a slash at its end. Empty unless the
// layout is input_in_output.
std::string input_below_output(const Environment& environment);
// True if the file at `path` lies below `folder`, however both are spelled. Follows links. False if
// `path` does not exist. Cost: one look at each folder above the file.
bool lies_below(const std::filesystem::path& path, const std::filesystem::path& folder);

// An error (not_a_folder, not_a_file) if the input or its list does not exist. Changes nothing on
// disk.
Result<void> check_input(const Environment& environment);
// An error (output_is_input) if Nesting forbids the position of the folders. Changes nothing on
// disk.
Result<void> check_layout(const Environment& environment);

}  // namespace imagemill
