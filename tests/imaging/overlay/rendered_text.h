// Text as masks, for the tests of what makes them.
#pragma once

#include <string>
#include <utility>

#include "nodes/imaging/overlay/text.h"
#include "tests/support/catch.h"

namespace imagemill::imaging {

inline Font default_font() {
  const auto path = Font::find("");
  REQUIRE(path);
  auto font = Font::open(*path);
  REQUIRE(font);
  return std::move(*font);
}

// All of a line.
inline Mask render(Font& font, const std::string& text, int pixels) {
  const auto line = font.lay_out(text, pixels);
  REQUIRE(line);
  return font.rasterise(*line, {0, 0, line->size.width, line->size.height});
}

inline Mask render(const std::string& text, int pixels = 14) {
  Font font = default_font();
  return render(font, text, pixels);
}

}  // namespace imagemill::imaging
