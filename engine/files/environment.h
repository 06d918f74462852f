// What the nodes of a graph share: the outside world.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <stop_token>
#include <string>
#include <string_view>

#include "engine/files/file_system.h"

namespace imagemill {

enum class Digests { off, on };  // whether sinks compute the SHA-256 of what they write

// Whether the output folder may be the input folder, or lie in it.
enum class Nesting { refused, allowed };

struct Environment {
  std::filesystem::path input;      // what sources read: a folder, a list of files, or "-"
  std::filesystem::path list = {};  // of the input folder, what there is to read; empty: all of it
  std::filesystem::path output;     // the folder that sinks write
  FileSystem* files = &FileSystem::real();
  Digests digests = Digests::off;
  Nesting nesting = Nesting::refused;
  // Requested when the run is to end early: whatever takes long before the first item asks it, and
  // ends with the error "interrupted".
  std::stop_token stop = {};
  // What a node may hold while it is opened, in bytes. A constant that needs more, by its header,
  // is refused before it is loaded (too_much_memory).
  std::uint64_t memory_bytes = std::numeric_limits<std::uint64_t>::max();
};

// What standard input is called as an input.
inline constexpr std::string_view kStandardInput = "-";

// What the keys of its items are relative to: the folder that it is; nothing, where it is a list.
std::filesystem::path base_of(const std::filesystem::path& input);

// How the two folders lie, links followed, however they are spelled; they need not be there.
enum class Layout { apart, same, output_in_input, input_in_output };
Layout layout_of(const std::filesystem::path& input, const std::filesystem::path& output);
// Apart, where the input is a list.
Layout layout_of(const Environment& environment);
// Of input_in_output: the input folder as a path below the output folder, with a slash at its end;
// empty where it does not lie there.
std::string input_below_output(const Environment& environment);
// Whether what is at `path` lies below `folder`, links followed, however both are spelled. False
// where there is no such file. A look at each folder above it.
bool lies_below(const std::filesystem::path& path, const std::filesystem::path& folder);

// Whether there is an input (not_a_folder). Touches nothing.
Result<void> check_input(const Environment& environment);
// Whether the folders may lie as they do (output_is_input). Touches nothing.
Result<void> check_layout(const Environment& environment);

}  // namespace imagemill
