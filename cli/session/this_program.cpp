#include "cli/session/this_program.h"

#include "cli/session/version.h"
#include "nodes/imaging/versions.h"

namespace imagemill::cli {
namespace {

std::vector<std::string>& command_line() {
  static std::vector<std::string> words;
  return words;
}

std::vector<std::pair<std::string, std::string>> versions() {
  auto all = imaging::library_versions();
  all.insert(all.begin(), {"imagemill", kVersion});
  return all;
}

}  // namespace

void set_command_line(int argc, char** argv) {
  command_line().assign(argv, argv + argc);
  command_line().front() = "imagemill";
}

Origin this_origin(std::string config) { return origin_of(command_line(), std::move(config)); }

// Raised by every change of this program, within a version, that changes the bytes of outputs.
constexpr int kRecipeVersion = 2;

std::string versions_text() {
  std::string text = "recipe " + std::to_string(kRecipeVersion) + ";";
  for (const auto& [name, version] : versions()) text += name + " " + version + ";";
  for (const std::string& library : imaging::loaded_libraries()) text += library + ";";
  return text;
}

Machine this_machine() { return imagemill::this_machine(versions()); }

}  // namespace imagemill::cli
