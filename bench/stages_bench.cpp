// Each CPU stage on its own, through the node that users run. Names end in the sizes: input, or
// input/output width.
#include <cmath>

#include "bench/stage.h"

namespace imagemill::bench {
namespace {

using imaging::Encoded;
using imaging::Image;
using imaging::Size;

Size four_by_three(std::int64_t width) {
  return {static_cast<int>(width), static_cast<int>(width * 3 / 4)};
}

// Peak signal-to-noise ratio of two 8-bit pictures, dB.
double psnr(const Image& a, const Image& b) {
  if (a.size() != b.size() || a.format() != b.format()) return 0;
  double error = 0;
  const int samples = a.width() * a.format().channels;
  for (int y = 0; y < a.height(); ++y) {
    for (int i = 0; i < samples; ++i) error += std::pow(a.row(y)[i] - b.row(y)[i], 2);
  }
  const double mean = error / (static_cast<double>(samples) * a.height());
  return mean == 0 ? 99 : 10 * std::log10(255.0 * 255.0 / mean);
}

void decode(benchmark::State& state, const std::string& format) {
  const Size size = four_by_three(state.range(0));
  const Encoded file = photo_file(size, format);
  Stage stage("decode", {});
  stage.plan(size, {}, format);
  const double quality = psnr(stage.run_as<Image>(file), photo(size));
  if (quality < (format == "png" ? 99 : 28)) {
    state.SkipWithError("the decoded picture is not the one that was encoded");
    return;
  }
  for (auto _ : state) benchmark::DoNotOptimize(stage.run(file));
  count(state, file.byte_size());
  state.counters["pixels/s"] = benchmark::Counter(static_cast<double>(size.width) * size.height,
                                                  benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK_CAPTURE(decode, jpeg, "jpeg")
    ->Arg(500)
    ->Arg(1600)
    ->Arg(4000)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(decode, png, "png")->Arg(500)->Arg(1600)->Unit(benchmark::kMicrosecond);

// Shrinks on load: the demand is that of a resize to the second argument.
void decode_shrunk(benchmark::State& state) {
  const Size size = four_by_three(state.range(0));
  const Encoded file = photo_file(size, "jpeg");
  Stage stage("decode", {});
  stage.plan(facts_of(size, {}, "jpeg"), {2 * state.range(1), 2 * state.range(1) * 3 / 4});
  const Image shrunk = stage.run_as<Image>(file);
  if (shrunk.full_size() != size || shrunk.width() >= size.width ||
      shrunk.width() < 2 * state.range(1)) {
    state.SkipWithError("the decode did not shrink as demanded");
    return;
  }
  for (auto _ : state) benchmark::DoNotOptimize(stage.run(file));
  count(state, file.byte_size());
}
BENCHMARK(decode_shrunk)
    ->Args({1600, 128})
    ->Args({4000, 128})
    ->Args({4000, 640})
    ->Unit(benchmark::kMicrosecond);

void resize(benchmark::State& state) {
  const Size from = four_by_three(state.range(0));
  const Size to = four_by_three(state.range(1));
  const Image input = photo(from);
  Stage stage("resize", {{"width", std::to_string(to.width)},
                         {"height", std::to_string(to.height)},
                         {"fit", "fill"}});
  stage.plan(from, {});
  // The same scene drawn at the target's size differs in noise and aliasing only.
  const Image output = stage.run_as<Image>(input);
  if (output.size() != to || psnr(output, photo(to)) < 18) {
    state.SkipWithError("the resized picture is not the one that was put in");
    return;
  }
  for (auto _ : state) benchmark::DoNotOptimize(stage.run(input));
  count(state, input.byte_size());
}
BENCHMARK(resize)
    ->Args({500, 128})
    ->Args({1600, 320})
    ->Args({4000, 1280})
    ->Unit(benchmark::kMicrosecond);

void watermark(benchmark::State& state) {
  const Size size = four_by_three(state.range(0));
  const Image input = photo(size);
  Stage stage("watermark", {{"text", "© imagemill"}, {"size", "14px"}, {"opacity", "0.63"}});
  stage.plan(size, {});
  const double changed = psnr(stage.run_as<Image>(input), input);
  if (changed >= 99 || changed < 10) {
    state.SkipWithError("the mark is missing, or more than a mark");
    return;
  }
  // Handed on from run to run, the picture has one holder, as in a chain: it is marked in place.
  Image image = input;
  image.make_unique();
  for (auto _ : state) image = stage.run_as<Image>(std::move(image));
  count(state, input.byte_size());
}
BENCHMARK(watermark)->Arg(128)->Arg(1280)->Arg(4000)->Unit(benchmark::kMicrosecond);

void encode(benchmark::State& state, const std::string& format) {
  const Size size = four_by_three(state.range(0));
  const Image input = photo(size);
  Stage stage("encode", {{"format", format}});
  stage.plan(size, {});
  Stage decode("decode", {});
  decode.plan(size, {}, format);
  const double quality = psnr(decode.run_as<Image>(stage.run(input)), input);
  if (quality < (format == "png" ? 99 : 28)) {
    state.SkipWithError("the encoded picture is not the one that was put in");
    return;
  }
  for (auto _ : state) benchmark::DoNotOptimize(stage.run(input));
  count(state, input.byte_size());
}
BENCHMARK_CAPTURE(encode, jpeg, "jpeg")
    ->Arg(128)
    ->Arg(1280)
    ->Arg(4000)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(encode, png, "png")->Arg(128)->Arg(1280)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace imagemill::bench
