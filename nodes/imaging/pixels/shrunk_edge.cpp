#include "nodes/imaging/pixels/shrunk_edge.h"

#include <algorithm>

namespace imagemill::imaging {
namespace {

struct Range {
  std::uint8_t low = 255;
  std::uint8_t high = 0;
};

// The range of one channel in pixels [left, right) × [top, bottom).
Range range_of(const Image& image, int channel, int left, int right, int top, int bottom) {
  Range range;
  const int channels = image.format().channels;
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) {
      const std::uint8_t sample = image.row(y)[x * channels + channel];
      range.low = std::min(range.low, sample);
      range.high = std::max(range.high, sample);
    }
  }
  return range;
}

}  // namespace

void limit_edge(Image& image, Size whole) {
  constexpr int kDeep = 2;   // samples of the window across the edge
  constexpr int kAside = 1;  // samples on either side along the edge
  const int channels = image.format().channels;
  const auto limit = [&](int x, int y, int channel, Range range) {
    std::uint8_t& sample = image.mutable_row(y)[x * channels + channel];
    sample = std::clamp(sample, range.low, range.high);
  };
  // Without an unmixed row, all rows serve alike.
  const int rows = whole.height > 0 ? whole.height : image.height();
  if (whole.width > 0 && whole.width < image.width()) {
    const int left = std::max(0, whole.width - kDeep);
    for (int y = 0; y < image.height(); ++y) {
      const int near = std::min(y, rows - 1);
      const int top = std::max(0, near - kAside);
      const int bottom = std::min(rows, near + kAside + 1);
      for (int c = 0; c < channels; ++c) {
        const Range range = range_of(image, c, left, whole.width, top, bottom);
        for (int x = whole.width; x < image.width(); ++x) limit(x, y, c, range);
      }
    }
  }
  if (whole.height > 0 && whole.height < image.height()) {
    const int top = std::max(0, whole.height - kDeep);
    for (int x = 0; x < image.width(); ++x) {
      // The columns are limited by now, so all of them serve.
      const int left = std::max(0, x - kAside);
      const int right = std::min(image.width(), x + kAside + 1);
      for (int c = 0; c < channels; ++c) {
        const Range range = range_of(image, c, left, right, top, whole.height);
        for (int y = whole.height; y < image.height(); ++y) limit(x, y, c, range);
      }
    }
  }
}

}  // namespace imagemill::imaging
