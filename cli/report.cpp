// imagemill report: a document for a team, made by the Python package beside this command.
#include <filesystem>

#include <errno.h>
#include <unistd.h>

#include "cli/options.h"

namespace imagemill::cli {
namespace {

namespace fs = std::filesystem;

// Debian's own, which has the libraries: a virtual environment in PATH may not.
constexpr const char* kPython = "/usr/bin/python3";

struct ReportCommand {
  std::vector<std::string> results;
  std::vector<std::string> outputs;
};

// Where it is installed, or where this command was built.
fs::path package_folder() {
  std::error_code ignored;
  const fs::path command = fs::read_symlink("/proc/self/exe", ignored);
  const fs::path installed = command.parent_path() / "../share/imagemill/python";
  return fs::exists(installed / "imagemill_report", ignored) ? installed
                                                             : fs::path(IMAGEMILL_PYTHON);
}

int report(const ReportCommand& command) {
  for (const std::string& output : command.outputs) {
    const std::string extension = fs::path(output).extension();
    if (extension == ".html" || extension == ".pdf") continue;
    complain("-o " + quote(output) + ": a report is a .pdf or an .html");
    return kNotRun;
  }
  const fs::path folder = package_folder();
  std::error_code ignored;
  if (!fs::exists(folder / "imagemill_report", ignored)) {
    complain("the report's Python package is not in '" + folder.string() + "'");
    return kNotRun;
  }
  // -P: modules of the current folder are none of the report's.
  std::vector<std::string> words = {kPython, "-B", "-P", "-m", "imagemill_report"};
  for (const std::string& output : command.outputs) words.insert(words.end(), {"-o", output});
  words.emplace_back("--");
  words.insert(words.end(), command.results.begin(), command.results.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  setenv("PYTHONPATH", folder.c_str(), 1);
  execv(kPython, arguments.data());
  complain(std::string("cannot start ") + kPython + ": " +
           std::error_code(errno, std::generic_category()).message());
  return kNotRun;
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
