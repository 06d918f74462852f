#include "engine/files/environment.h"

#include <optional>

#include "engine/files/spelling.h"

namespace imagemill {
namespace {

namespace fs = std::filesystem;

// Path from `outer` to `inner`; nullopt if `inner` does not lie below `outer`. Requires: absolute
// paths without links.
std::optional<fs::path> way_below(const fs::path& inner, const fs::path& outer) {
  fs::path way;
  for (fs::path up = inner; up.has_relative_path();) {
    way = way.empty() ? up.filename() : up.filename() / way;
    up = up.parent_path();
    if (is_same_folder(up, outer)) return way;
  }
  return {};
}

}  // namespace

fs::path base_of(const fs::path& input) {
  std::error_code error;
  return fs::is_directory(input, error) ? input : fs::path();
}

Layout layout_of(const fs::path& input, const fs::path& output) {
  std::error_code error;
  const fs::path in = fs::weakly_canonical(fs::absolute(input, error), error);
  const fs::path out = fs::weakly_canonical(fs::absolute(output, error), error);
  if (is_same_folder(in, out)) return Layout::same;
  if (way_below(out, in)) return Layout::output_in_input;
  return way_below(in, out) ? Layout::input_in_output : Layout::apart;
}

Layout layout_of(const Environment& environment) {
  const fs::path folder = base_of(environment.input);
  return folder.empty() ? Layout::apart : layout_of(folder, environment.output);
}

std::string input_below_output(const Environment& environment) {
  std::error_code error;
  const fs::path in = fs::weakly_canonical(fs::absolute(environment.input, error), error);
  const fs::path out = fs::weakly_canonical(fs::absolute(environment.output, error), error);
  const auto way = way_below(in, out);
  return way ? *way / "" : fs::path();
}

bool lies_below(const fs::path& path, const fs::path& folder) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  return !error && !folder.empty() &&
         way_below(real, fs::weakly_canonical(folder, error)).has_value();
}

Result<void> check_input(const Environment& environment) {
  std::error_code error;
  if (!environment.list.empty()) {
    if (!fs::is_directory(environment.input, error)) {
      return failure("not_a_folder", "a list needs a folder as input, and '" +
                                         environment.input.string() + "' is none");
    }
    if (!fs::is_regular_file(environment.list, error)) {
      return failure("not_a_file",
                     "the list '" + environment.list.string() + "' is not a readable file");
    }
    return {};
  }
  const auto kind = fs::status(environment.input, error).type();
  if (environment.input == kStandardInput || kind == fs::file_type::regular ||
      kind == fs::file_type::directory) {
    return {};
  }
  return failure("not_a_folder", "the input '" + environment.input.string() +
                                     "' is neither a folder that can be read nor a list of files");
}

Result<void> check_layout(const Environment& environment) {
  if (environment.nesting == Nesting::allowed) return {};
  const Layout layout = layout_of(environment);
  if (layout != Layout::same && layout != Layout::output_in_input) return {};
  return failure("output_is_input", "the output folder '" + environment.output.string() + "' " +
                                        (layout == Layout::same ? "is" : "lies in") +
                                        " the input folder '" + environment.input.string() +
                                        "' (nested: allow permits it)");
}

}  // namespace imagemill
