#include "graphs/session/versions.h"

#include "graphs/session/version.h"
#include "nodes/imaging/versions.h"

namespace imagemill {
namespace {

// Raised by every change of this program, within a version, that changes the bytes of outputs.
constexpr int kRecipeVersion = 2;

}  // namespace

std::vector<std::pair<std::string, std::string>> versions() {
  auto all = imaging::library_versions();
  all.insert(all.begin(), {"imagemill", kVersion});
  return all;
}

std::string versions_text() {
  std::string text = "recipe " + std::to_string(kRecipeVersion) + ";";
  for (const auto& [name, version] : versions()) text += name + " " + version + ";";
  for (const std::string& library : imaging::loaded_libraries()) text += library + ";";
  return text;
}

}  // namespace imagemill
