// imagemill predict: what a profiled graph would do with other numbers of workers, limits or costs.
#include <algorithm>
#include <map>

#include "cli/commands/commands.h"
#include "cli/display/complain.h"
#include "cli/display/exit_status.h"
#include "cli/display/predict_text.h"
#include "cli/display/progress.h"
#include "cli/display/terminal.h"
#include "cli/flags/run_flags.h"
#include "cli/process/scratch_folder.h"
#include "cli/process/signals.h"
#include "cli/session/this_program.h"
#include "engine/base/text.h"
#include "graphs/records/record_file.h"
#include "graphs/replay/changed_costs.h"
#include "graphs/replay/prediction_json.h"
#include "graphs/replay/profile_file.h"
#include "graphs/session/run_settings.h"
#include "graphs/study/scale_json.h"

namespace imagemill::cli {
namespace {

struct PredictCommand {
  std::string profile;
  std::vector<int> workers = {1, 2, 4, 8, 16, 32};
  int cpus = 0;
  std::optional<ByteSize> memory;
  std::vector<std::string> sets, faster, measured;
  std::string json;
};

// Applies --faster: "decode=20%" takes 20 % off the service times of `decode`.
bool make_faster(Recording& recording, const std::string& text) {
  const auto equals = text.rfind('=');
  std::optional<double> percent;
  if (equals != std::string::npos && text.back() == '%') {
    percent = TextValue<double>::parse(text.substr(equals + 1, text.size() - equals - 2));
  }
  if (!percent || *percent < 0 || *percent >= 100) {
    complain("--faster " + quote(text) + ": write it as NODE=20%, from 0% and below 100%");
    return false;
  }
  const std::string name = text.substr(0, equals);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < recording.stages.size(); ++i) {
    names.push_back(recording.stages[i].node);
    if (names.back() != name) continue;
    scale_service(recording, i, 1 - *percent / 100);
    return true;
  }
  complain("--faster " + quote(text) + ": no node is named " + quote(name) +
           did_you_mean(name, names));
  return false;
}

// Measured images/s by number of workers, from scaling studies of the same graph and input.
std::optional<std::vector<RatesAt>> rates_of(const std::vector<std::string>& files,
                                             const RunRecord& record) {
  std::map<int, RatesAt> rates;
  for (const std::string& file : files) {
    const auto study = read_scale(file);
    if (!study) {
      complain(to_string(study.error()));
      return {};
    }
    if (study->graph != record.graph || study->items != record.items ||
        study->machine != record.machine) {
      complain(fmt::format(
          "'{}' is of another graph, input or machine than the profile: graph '{}', {} images, {}",
          file, study->graph, study->items, study->machine));
      return {};
    }
    for (const ScaleRecord::Point& point : study->points) {
      if (point.mode != "flow") continue;
      RatesAt& at = rates[point.workers];
      at.workers = point.workers;
      for (const double wall_s : point.wall_s) {
        at.rates.push_back(static_cast<double>(study->items) / wall_s);
      }
    }
  }
  std::vector<RatesAt> list;
  for (auto& [workers, at] : rates) list.push_back(std::move(at));
  return list;
}

std::optional<LoadedGraph> graph_of(const RunRecord& record, const std::string& file,
                                    const std::vector<std::string>& more) {
  std::vector<std::string> sets = record.sets;
  sets.insert(sets.end(), more.begin(), more.end());
  auto loaded = parse_graph(record.config, file, sets);
  if (loaded) return std::move(*loaded);
  complain(loaded.error());
  return {};
}

// Whether a --set changes service times: true for any parameter but `concurrency`.
bool changes_costs(const std::string& set) {
  const auto dot = set.find('.');
  return dot == std::string::npos || !set.substr(dot + 1).starts_with("concurrency=");
}

// Measures the costs of the changed parameters and puts them into the recording. Returns the exit
// status.
int measure_changes(const RunRecord& record, const Graph& before, const Graph& after,
                    Recording& recording) {
  if (record.input == kStandardInput) {
    complain("the recorded run read standard input: only concurrencies can be changed");
    return kNotRun;
  }
  const std::stop_token stop = catch_signals();
  const ScratchFolder scratch;
  if (!scratch.made()) return kNotRun;
  RunSettings settings;
  settings.input = record.input;
  RunsProgress progress;
  progress.begin("measuring the change");
  auto changed = with_changed_costs(recording, before, after, run_options(settings, stop),
                                    scratch.path(), progress);
  if (!changed) return not_run(changed.error(), stop);
  recording = std::move(*changed);
  return kOk;
}

int predict_profile(const PredictCommand& command) {
  const auto record = read_run_record(command.profile);
  if (!record) {
    complain(to_string(record.error()));
    return kNotRun;
  }
  const auto before = graph_of(*record, command.profile, {});
  const auto after = graph_of(*record, command.profile, command.sets);
  const auto measured = rates_of(command.measured, *record);
  if (!before || !after || !measured) return kNotRun;
  if (!command.json.empty()) {
    if (const auto writable = check_writable(command.json); !writable) {
      complain(to_string(writable.error()));
      return kNotRun;
    }
  }
  const auto recorded = Replay::make(before->graph, record->recording);
  if (!recorded) {
    complain(quote(command.profile) + ": " + recorded.error().message);
    return kNotRun;
  }
  PredictionRequest request{.workers = command.workers,
                            .cpus = command.cpus,
                            .memory_bytes = record->recording.memory_bytes,
                            .measured = *measured,
                            .changes = command.sets};
  Recording recording = record->recording;
  if (std::any_of(command.sets.begin(), command.sets.end(), changes_costs)) {
    const int status = measure_changes(*record, before->graph, after->graph, recording);
    if (status != kOk) return status;
  }
  for (const std::string& text : command.faster) {
    if (!make_faster(recording, text)) return kNotRun;
    request.changes.push_back(text + " faster");
  }
  if (command.cpus > 0) {
    request.changes.push_back(number_of(command.cpus, "CPU"));
  }
  if (command.memory) {
    // Memory held for the whole run does not depend on the budget.
    const std::uint64_t held =
        record->memory_bytes - std::min(record->memory_bytes, record->recording.memory_bytes);
    request.memory_bytes = command.memory->bytes - std::min(command.memory->bytes, held);
    request.changes.push_back("memory " + TextValue<ByteSize>::format(*command.memory));
  }
  const auto asked = Replay::make(after->graph, recording);
  const Prediction prediction = predict(record->graph, *recorded, *asked, request);
  print_out("{}", predict_text(prediction, colour_of(stdout)));
  if (!command.json.empty()) {
    const auto written = write_text(command.json, prediction_json(prediction, record->machine,
                                                                  this_provenance(record->config)));
    if (!written) {
      complain(to_string(written.error()));
      return kItemsFailed;
    }
  }
  return kOk;
}

}  // namespace

void add_predict(CommandLine& line) {
  auto command = std::make_shared<PredictCommand>();
  Command predict_app = line.add(
      "predict",
      "Predicts the rate of a profiled graph with other numbers of workers, limits, memory or "
      "costs, by replaying the recorded run. Prints the error where the rate was measured");
  predict_app.add("profile", command->profile, "The profile, as profile --json wrote it")
      .required();
  predict_app.add("--workers", command->workers, "Numbers of workers, as in 1,2,4,8")
      .with_commas()
      .between(1, 1024);
  predict_app
      .add("--cpus", command->cpus,
           "CPUs that the workers share (default: at least as many as there are workers)")
      .between(1, 1024);
  predict_app.add_taken(
      "--memory",
      [command](const std::string& text) {
        command->memory = TextValue<ByteSize>::parse(text);
        const bool is_size = command->memory && command->memory->bytes > 0;
        return is_size ? "" : quote(text) + " is not a size, as in 512MiB";
      },
      "Upper bound of the bytes in flight to predict for, as in 512MiB");
  predict_app
      .add("--set", command->sets,
           "NODE.PARAM=VALUE: a change to predict; may be given several times. The cost of a "
           "parameter other than concurrency is measured on a sample of the recorded images")

      .one_at_a_time();
  predict_app
      .add("--faster", command->faster,
           "NODE=20%: predicts for a node that takes so much less time; may be given several "
           "times")

      .one_at_a_time();
  predict_app
      .add("--measured", command->measured,
           "A file that scale --json wrote of the same graph with the same changes. Prints the "
           "error for each number of workers that was measured")
      .one_at_a_time();
  predict_app.add("--json", command->json, "Writes the whole prediction to this file, as JSON");
  predict_app.runs([command] { return predict_profile(*command); });
}

}  // namespace imagemill::cli
