// imagemill report: a document for a team, made by the Python package beside this command.
#include <filesystem>

#include "cli/commands/commands.h"
#include "cli/display/complain.h"
#include "cli/display/exit_status.h"
#include "cli/flags/run_flags.h"
#include "cli/process/python_process.h"

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

void add_report(CommandLine& line) {
  auto command = std::make_shared<ReportCommand>();
  Command report_app = line.add(
      "report",
      "Makes one document, HTML or PDF, from the JSON files of scale, profile and predict");
  report_app
      .add("results", command->results,
           "JSON files that scale, profile or predict "
           "wrote, in any mix")
      .required();
  report_app
      .add("-o", command->outputs,
           "The document to write, .pdf or .html; may be given "
           "for both")
      .required()
      .one_at_a_time();
  report_app.runs([command] { return report(*command); });
}

}  // namespace imagemill::cli
