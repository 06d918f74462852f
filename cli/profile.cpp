// imagemill profile: where the time of a run goes.
#include "cli/profile_text.h"
#include "cli/session.h"
#include "graphs/profile_json.h"
#include "graphs/records.h"

namespace imagemill::cli {
namespace {

struct ProfileCommand {
  SessionFlags session;
  std::string json;
};

int profile(const ProfileCommand& command) {
  if (!command.json.empty()) {
    if (const auto writable = check_writable(command.json); !writable) {
      complain(to_string(writable.error()));
      return kNotRun;
    }
  }
  const auto executor = make_flow_executor();
  return run_session(
      command.session, *executor, Visits::recorded, [&](const Session& session) -> Result<void> {
        const Profile profile =
            make_profile(session.loaded.spec.name, session.loaded.graph, session.result);
        fmt::print("{}", profile_text(profile));
        if (command.json.empty()) return {};
        return write_text(command.json, profile_json(profile));
      });
}

}  // namespace

void add_profile(CLI::App& app, Action& action) {
  auto command = std::make_shared<ProfileCommand>();
  CLI::App* profile_app = app.add_subcommand(
      "profile", "Runs a graph and says where the time went, and what would help");
  command->session.add_to(*profile_app);
  profile_app->add_option("--json", command->json,
                          "Writes the whole profile to this file, as JSON");
  profile_app->callback([command, &action] { action = [command] { return profile(*command); }; });
}

}  // namespace imagemill::cli
