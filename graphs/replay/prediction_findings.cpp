// Findings of a prediction, in sentences.
#include <cmath>

#include <fmt/format.h>

#include "engine/base/text.h"
#include "graphs/replay/prediction.h"

namespace imagemill {
namespace {

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "'" : ", '") + word + "'";
  return text;
}

std::string believed(const Prediction& prediction) {
  std::string text = fmt::format(
      "A replay of the recorded run, with {}, is {} {} than the measurement.",
      number_of(prediction.recorded_workers, "worker"), percent(std::abs(prediction.self_error)),
      prediction.self_error < 0 ? "slower" : "faster");
  if (!prediction.shown()) {
    text +=
        fmt::format(" An error of {} at a checked point is too large: only the bounds are shown.",
                    percent(prediction.worst_error()));
  }
  return text;
}

// Errors of the replay, and of the methods without one, at the measured points.
std::string checked(const Prediction& prediction) {
  struct Way {
    std::string name;
    double sum = 0;
    int count = 0;
  };
  std::vector<Way> ways = {{"the replay"}, {"the baseline"}, {"Amdahl's law"}, {"the USL"}};
  for (const PredictedPoint& point : prediction.points) {
    if (!point.measured) continue;
    const auto add = [&](Way& way, std::optional<double> rate) {
      if (!rate) return;
      way.sum += std::abs(*rate / point.measured->value - 1);
      ++way.count;
    };
    add(ways[0], point.images_per_s.value);
    add(ways[1], point.baseline);
    add(ways[2], point.amdahl);
    add(ways[3], point.usl);
  }
  if (ways.front().count == 0) return "";
  std::string text;
  bool beaten = false;
  for (const Way& way : ways) {
    if (way.count == 0) continue;
    const double mean = way.sum / way.count;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", way.name, percent(mean));
    beaten = beaten || mean < ways[0].sum / ways[0].count;
  }
  return fmt::format("Mean error where it was measured ({}): {}.{}", ways.front().count, text,
                     beaten ? " A simpler model was closer here." : "");
}

std::string scaling(const Prediction& prediction) {
  constexpr double kLinear = 0.95;
  const PredictedPoint* most = nullptr;
  const PredictedPoint* leaves = nullptr;
  for (const PredictedPoint& point : prediction.points) {
    const double speedup = point.images_per_s.value / prediction.one_worker.value;
    if (most == nullptr || point.images_per_s.value > most->images_per_s.value * 1.02)
      most = &point;
    const bool below = point.workers > 1 && speedup < kLinear * point.workers;
    if (below && (leaves == nullptr || point.workers < leaves->workers)) leaves = &point;
  }
  std::string text =
      fmt::format("{} would do {:.1f} images/s, {:.2f} times one worker.",
                  capitalised(number_of(most->workers, "worker")), most->images_per_s.value,
                  most->images_per_s.value / prediction.one_worker.value);
  if (leaves == nullptr) return text;
  return text + fmt::format(" With {} the speed-up is no longer linear. {}",
                            number_of(leaves->workers, "worker"), verdict(leaves->profile).front());
}

std::string assumed(const Prediction& prediction) {
  std::string beyond;
  bool further = false;
  for (const PredictedPoint& point : prediction.points) {
    further = further || point.workers > prediction.recorded_workers;
    if (point.beyond_machine)
      beyond += (beyond.empty() ? "" : ", ") + std::to_string(point.workers);
  }
  std::string text;
  if (!beyond.empty() && prediction.cpus == 0) {
    text = fmt::format(
        "More workers than the {} CPUs of the machine ({}): assumes as many "
        "CPUs as workers.",
        prediction.recorded_cpus, beyond);
  }
  if (further && prediction.calibrated) {
    text += fmt::format(
        "{}More workers than were recorded: assumes that they slow work no more than {} did. "
        "The interval's lower end assumes that each slows it as much as those before.",
        text.empty() ? "" : " ", number_of(prediction.recorded_workers, "worker"));
  }
  if (!prediction.not_calibrated.empty()) {
    text += fmt::format(
        "{}How much longer {} take{} beside other work was not measured: the prediction and "
        "its interval assume no slowdown.",
        text.empty() ? "" : " ", listed(prediction.not_calibrated),
        prediction.not_calibrated.size() == 1 ? "s" : "");
  }
  return text;
}

}  // namespace

std::vector<std::string> findings(const Prediction& prediction) {
  if (prediction.items == 0) return {"There was nothing to do."};
  std::vector<std::string> sentences = {believed(prediction)};
  if (prediction.shown()) {
    sentences.push_back(scaling(prediction));
    sentences.push_back(checked(prediction));
  }
  sentences.push_back(assumed(prediction));
  std::erase(sentences, "");
  return sentences;
}

}  // namespace imagemill
