// Versions of the libraries that make the pictures.
#include "nodes/imaging/versions.h"

#include <algorithm>

#include "tests/support/catch.h"

namespace imagemill::imaging {

TEST_CASE("The libraries that decide about bytes are told with their releases", "[imaging]") {
  const auto libraries = loaded_libraries();
  for (const std::string name : {"libjpeg.so.", "libpng", "libz.so.", "libharfbuzz.so."}) {
    INFO(name);
    const auto found =
        std::find_if(libraries.begin(), libraries.end(),
                     [&](const std::string& library) { return library.starts_with(name); });
    REQUIRE(found != libraries.end());
    // More than the number in the name that programs ask for.
    CHECK(std::count(found->begin(), found->end(), '.') >= 3);
  }
}

TEST_CASE("The libraries that lay out text are told with their versions", "[imaging]") {
  const auto versions = library_versions();
  for (const std::string name : {"FreeType", "HarfBuzz", "FriBidi"}) {
    INFO(name);
    const auto found = std::find_if(versions.begin(), versions.end(),
                                    [&](const auto& version) { return version.first == name; });
    REQUIRE(found != versions.end());
    CHECK(found->second.find_first_not_of("0123456789.") == std::string::npos);
    CHECK(std::count(found->second.begin(), found->second.end(), '.') >= 1);
  }
}

}  // namespace imagemill::imaging
