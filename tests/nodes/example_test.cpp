// The node that CONTRIBUTING.md shows.
#include <fstream>
#include <iterator>

#include "tests/support/catch.h"
#include "tests/support/node_runner.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

std::string text_of(const std::string& file) {
  std::ifstream stream(std::string(IMAGEMILL_SOURCES) + "/" + file);
  REQUIRE(stream);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST_CASE("CONTRIBUTING.md shows the example as it is built", "[nodes]") {
  const std::string page = text_of("CONTRIBUTING.md");
  const std::string fence = "```cpp\n";
  const auto begin = page.find(fence);
  REQUIRE(begin != std::string::npos);
  const auto end = page.find("```", begin + fence.size());
  CHECK(page.substr(begin + fence.size(), end - begin - fence.size()) ==
        text_of("examples/invert.cpp"));
}

TEST_CASE("The example makes the negative of every format", "[nodes]") {
  for (const int bits : {8, 16}) {
    for (const int channels : {1, 2, 3, 4}) {
      INFO(channels << " channels of " << bits << " bits");
      const int top = bits == 8 ? 255 : 65535;
      const Image image = noise({5, 3}, {channels, bits}, 1);
      const Image negative = NodeRunner("{type: invert}").run(image).value();
      const Image expected = paint({5, 3}, {channels, bits}, [&](int x, int y, int c) {
        const bool alpha = channels % 2 == 0 && c == channels - 1;
        return alpha ? sample(image, x, y, c) : top - sample(image, x, y, c);
      });
      CHECK(same_pixels(negative, expected));
    }
  }
}
