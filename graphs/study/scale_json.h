// File of a scaling study, and the comparison of two such files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "graphs/records/provenance.h"
#include "graphs/study/scale.h"

namespace imagemill {

// JSON of a study: `imagemill-scale 1` (docs/files.md).
std::string scale_json(const ScaleStudy& study, const Provenance& provenance);

// The part of a study's file that compare() needs.
struct ScaleRecord {
  struct Point {
    std::string mode;
    int workers = 0;
    std::vector<double> wall_s;  // one a repeat
  };
  std::string graph;
  std::string machine;  // describe() of the machine
  std::uint64_t items = 0;
  std::vector<Point> points;
};
Result<ScaleRecord> read_scale(const std::filesystem::path& file);

// Change of one way of running, before and after.
struct ScaleChange {
  enum class Verdict : std::uint8_t { slower, faster, same };
  std::string mode;
  int workers = 0;
  // Time after ÷ time before: geometric mean, with its 95 % interval (Welch's t on the logarithms
  // of the repeats).
  Estimate ratio;
  // Slower or faster only if the interval excludes 1 and the ratio is off by more than 1 %.
  Verdict verdict = Verdict::same;
};
// Compares the ways of running that both studies have. Fails if there is no common way, if one has
// fewer than three repeats, or if graph or number of items differ.
Result<std::vector<ScaleChange>> compare(const ScaleRecord& before, const ScaleRecord& after);

}  // namespace imagemill
