// imagemill run: runs a graph.
#include "cli/commands/commands.h"
#include "cli/display/run_table.h"
#include "cli/display/terminal.h"
#include "cli/flags/summary_flag.h"
#include "cli/session/run_command.h"

namespace imagemill::cli {

enum class ExecutorKind { flow, serial };

}  // namespace imagemill::cli

template <>
struct imagemill::EnumNames<imagemill::cli::ExecutorKind> {
  using Kind = imagemill::cli::ExecutorKind;
  static constexpr std::array<std::pair<std::string_view, Kind>, 2> values = {
      {{"flow", Kind::flow}, {"serial", Kind::serial}}};
};

namespace imagemill::cli {
namespace {

struct RunCommand {
  SessionFlags session;
  ExecutorKind executor = ExecutorKind::flow;
  SummaryKind summary = SummaryKind::text;
};

std::string text_of(const SessionResult& result, SummaryKind kind) {
  if (kind == SummaryKind::json) {
    return summary_line(result.shard ? *result.shard : summary_of(result.run));
  }
  if (result.shard && result.shard->shard->was_done) return done_before(*result.shard);
  return summary(result.run.report, result.ignored_kinds);
}

int run(const RunCommand& command) {
  const auto executor =
      command.executor == ExecutorKind::serial ? make_serial_executor() : make_flow_executor();
  const auto report = [&](const LoadedGraph&, const SessionResult& result) -> Result<void> {
    print_out("{}", text_of(result, command.summary));
    return {};
  };
  return run_session(command.session, *executor, {}, report);
}

}  // namespace

void add_run(CommandLine& line) {
  auto command = std::make_shared<RunCommand>();
  Command run_app = line.add("run", "Runs a graph over a folder of images");
  command->session.add_to(run_app);
  command->session.add_shard(run_app);
  add_value(run_app, "--executor", command->executor,
            "flow (parallel, the default) or serial (a plain loop)");
  add_summary(run_app, command->summary);
  run_app.runs([command] { return run(*command); });
}

}  // namespace imagemill::cli
