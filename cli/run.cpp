// imagemill run: runs a graph.
#include "cli/session.h"
#include "cli/summary.h"
#include "cli/terminal.h"
#include "graphs/records.h"

namespace imagemill::cli {

enum class ExecutorKind { flow, serial };
enum class SummaryKind { text, json };

}  // namespace imagemill::cli

template <>
struct imagemill::EnumNames<imagemill::cli::ExecutorKind> {
  using Kind = imagemill::cli::ExecutorKind;
  static constexpr std::array<std::pair<std::string_view, Kind>, 2> values = {
      {{"flow", Kind::flow}, {"serial", Kind::serial}}};
};

template <>
struct imagemill::EnumNames<imagemill::cli::SummaryKind> {
  using Kind = imagemill::cli::SummaryKind;
  static constexpr std::array<std::pair<std::string_view, Kind>, 2> values = {
      {{"text", Kind::text}, {"json", Kind::json}}};
};

namespace imagemill::cli {
namespace {

struct RunCommand {
  SessionFlags session;
  ExecutorKind executor = ExecutorKind::flow;
  SummaryKind summary = SummaryKind::text;
};

int run(const RunCommand& command) {
  const auto executor =
      command.executor == ExecutorKind::serial ? make_serial_executor() : make_flow_executor();
  return run_session(command.session, *executor, {}, [&](const Session& session) -> Result<void> {
    print_out("{}", command.summary == SummaryKind::json
                        ? summary_line(session.result)
                        : summary(session.result.report, session.ignored_kinds));
    return {};
  });
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  auto command = std::make_shared<RunCommand>();
  CLI::App* run_app = app.add_subcommand("run", "Runs a graph over a folder of images");
  command->session.add_to(*run_app);
  add_value(*run_app, "--executor", command->executor,
            "flow (parallel, the default) or serial (a plain loop)");
  add_value(*run_app, "--summary", command->summary,
            "What is printed at the end: text, or json (one line, for programs)");
  run_app->callback([command, &action] { action = [command] { return run(*command); }; });
}

}  // namespace imagemill::cli
