// A scaling study as a file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "graphs/records/provenance.h"
#include "graphs/study/scale.h"

namespace imagemill {

// docs/files.md, `imagemill-scale 1`.
std::string scale_json(const ScaleStudy& study, const Origin& origin);

// What a comparison needs of a study.
struct ScaleRecord {
  struct Point {
    std::string mode;
    int workers = 0;
    std::vector<double> wall_s;  // by repeat
  };
  std::string graph;
  std::string machine;  // in one line
  std::uint64_t items = 0;
  std::vector<Point> points;
};
Result<ScaleRecord> read_scale(const std::filesystem::path& file);

// One way of running, before and after.
struct ScaleChange {
  enum class Verdict : std::uint8_t { slower, faster, same };
  std::string mode;
  int workers = 0;
  // Time after ÷ time before: geometric mean, with its 95 % interval (Welch's t on the logarithms
  // of the repeats).
  Estimate ratio;
  // Slower or faster only where the interval lies beyond 1, and the ratio is off by more than 1 %.
  Verdict verdict = Verdict::same;
};
// Of the ways that both have. Fails where there is none, where one has fewer than three repeats, or
// where graph or number of items differ.
Result<std::vector<ScaleChange>> compare(const ScaleRecord& before, const ScaleRecord& after);

}  // namespace imagemill
