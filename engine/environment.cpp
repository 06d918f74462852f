#include "engine/environment.h"

#include <algorithm>

namespace imagemill {
namespace {

namespace fs = std::filesystem;

bool lies_below(const fs::path& inner, const fs::path& outer) {
  const auto [in_outer, in_inner] =
      std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  return in_outer == outer.end() && in_inner != inner.end();
}

}  // namespace

Layout layout_of(const Environment& environment) {
  std::error_code error;
  if (!fs::is_directory(environment.input, error)) return Layout::apart;
  const fs::path input = fs::canonical(environment.input, error);
  const fs::path output = fs::weakly_canonical(fs::absolute(environment.output, error), error);
  if (input == output) return Layout::same;
  if (lies_below(output, input)) return Layout::output_in_input;
  return lies_below(input, output) ? Layout::input_in_output : Layout::apart;
}

std::string input_below_output(const Environment& environment) {
  const fs::path input = fs::canonical(environment.input);
  return input.lexically_relative(fs::canonical(environment.output)) / "";
}

Result<void> check_layout(const Environment& environment) {
  if (environment.nesting == Nesting::allowed) return {};
  const Layout layout = layout_of(environment);
  if (layout != Layout::same && layout != Layout::output_in_input) return {};
  return failure("output_is_input", "the output folder '" + environment.output.string() + "' " +
                                        (layout == Layout::same ? "is" : "lies in") +
                                        " the input folder '" + environment.input.string() +
                                        "' (nested: allow lets it)");
}

}  // namespace imagemill
