// imagemill profile: where the time of a run goes.
#include <limits>

#include "cli/commands/commands.h"
#include "cli/display/complain.h"
#include "cli/display/exit_status.h"
#include "cli/display/profile_text.h"
#include "cli/display/terminal.h"
#include "cli/session/run_command.h"
#include "cli/session/this_program.h"
#include "graphs/profile/perfetto_trace.h"
#include "graphs/records/record_file.h"
#include "graphs/replay/profile_file.h"

namespace imagemill::cli {
namespace {

struct ProfileCommand {
  SessionFlags session;
  std::string json, trace;
  bool no_calibrate = false;
};

int profile(const ProfileCommand& command) {
  for (const std::string& file : {command.json, command.trace}) {
    if (file.empty()) continue;
    if (const auto writable = check_writable(file); !writable) {
      complain(to_string(writable.error()));
      return kNotRun;
    }
  }
  const auto executor = make_flow_executor();
  return run_session(
      command.session, *executor,
      {Visits::recorded, command.no_calibrate ? Calibration::none : Calibration::solo_phases},
      [&](const LoadedGraph& loaded, SessionResult& result) -> Result<void> {
        const Profile profile = make_profile(loaded.spec.name, loaded.graph, result.run);
        const auto screen = screen_of(stdout);
        const int columns = screen ? screen->columns : std::numeric_limits<int>::max();
        print_out("{}", profile_text(profile, columns, colour_of(stdout)));
        Result<void> done;
        if (!command.json.empty()) {
          const Machine machine = this_machine();
          const Recording recording = make_recording(profile, result.run, machine.cpus);
          done = write_text(command.json, run_record_json(profile, recording, loaded.spec.run,
                                                          command.session.run.sets, machine,
                                                          this_provenance(loaded.text)));
        }
        if (done && !command.trace.empty()) {
          done = write_trace(command.trace, loaded.graph, result.run);
        }
        return done;
      });
}

}  // namespace

void add_profile(CommandLine& line) {
  auto command = std::make_shared<ProfileCommand>();
  Command profile_app =
      line.add("profile", "Runs a graph and says where the time went, and what would help");
  command->session.add_to(profile_app);
  profile_app.add_switch("--no-calibrate", command->no_calibrate,
                         "Skips calibration: short phases at one worker, a tenth of the time "
                         "at most, that show how much longer work takes beside other work");
  profile_app.add("--json", command->json,
                  "Writes the whole profile to this file, as JSON, for predict and report");
  profile_app.add("--trace", command->trace,
                  "Writes every execution to this file, for ui.perfetto.dev or "
                  "chrome://tracing");
  profile_app.runs([command] { return profile(*command); });
}

}  // namespace imagemill::cli
