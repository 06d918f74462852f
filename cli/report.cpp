// imagemill report: a document for a team, made by the Python package beside this command.
#include <filesystem>

#include "cli/options.h"
#include "cli/python.h"

namespace imagemill::cli {
namespace {

namespace fs = std::filesystem;

struct ReportCommand {
  std::vector<std::string> results;
  std::vector<std::string> outputs;
};

int report(const ReportCommand& command) {
  for (const std::string& output : command.outputs) {
    const std::string extension = fs::path(output).extension();
    if (extension == ".html" || extension == ".pdf") continue;
    complain("-o " + quote(output) + ": a report is a .pdf or an .html");
    return kNotRun;
  }
  std::vector<std::string> words;
  for (const std::string& output : command.outputs) words.insert(words.end(), {"-o", output});
  words.emplace_back("--");
  words.insert(words.end(), command.results.begin(), command.results.end());
  return become_python("imagemill_report", words);
}

}  // namespace

void add_report(CLI::App& app, Action& action) {
  auto command = std::make_shared<ReportCommand>();
  CLI::App* report_app = app.add_subcommand(
      "report",
      "Makes one document, as HTML or PDF, of what scale, profile and predict wrote with --json");
  report_app->add_option("results", command->results, "The files, in any mix")->required();
  report_app
      ->add_option("-o", command->outputs, "The document: .pdf or .html; given again for both")
      ->required()
      ->allow_extra_args(false);
  report_app->callback([command, &action] { action = [command] { return report(*command); }; });
}

}  // namespace imagemill::cli
