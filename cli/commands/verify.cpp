// imagemill verify: are the bytes the same?
#include "graphs/study/verify.h"

#include "cli/commands/commands.h"
#include "cli/display/exit_status.h"
#include "cli/display/progress.h"
#include "cli/display/terminal.h"
#include "cli/flags/run_flags.h"
#include "cli/process/scratch_folder.h"
#include "cli/process/signals.h"
#include "graphs/session/run_settings.h"

namespace imagemill::cli {
namespace {

constexpr int kDifferent = 1;

struct VerifyCommand {
  RunFlags flags;
  std::string second;
};

void print_list(const std::string& what, const std::vector<std::string>& paths) {
  for (const std::string& path : paths) print_out("{}: {}\n", what, printable(path));
}

int print(const Difference& difference, const std::string& first, const std::string& second,
          std::size_t files) {
  const std::string one = printable(first);
  const std::string other = printable(second);
  print_list("differs", difference.content);
  print_list("missing in " + other, difference.only_first);
  print_list("missing in " + one, difference.only_second);
  if (difference.none()) {
    print_out("identical: {} files in {} and {}\n", files, one, other);
    return kOk;
  }
  print_out("not identical: {} differ, {} missing in {}, {} missing in {}\n",
            difference.content.size(), difference.only_first.size(), other,
            difference.only_second.size(), one);
  return kDifferent;
}

int verify_graph(const VerifyCommand& command, const std::stop_token& stop) {
  const auto loaded = command.flags.load();
  if (!loaded) return kNotRun;
  if (!is_rereadable(loaded->spec.run, "verify")) return kNotRun;
  const ScratchFolder scratch;
  if (!scratch.made()) return kNotRun;
  std::optional<RunsProgress> watcher(std::in_place);
  auto result =
      verify(loaded->graph, run_options(loaded->spec.run, stop), scratch.path(), *watcher);
  watcher.reset();
  if (!result) return not_run(result.error(), loaded->spec, stop);
  for (const RunReport* report : {&result->serial, &result->parallel}) {
    print_out("{}: {} ok, {} failed in {}\n", report->executor, report->items.ok,
              report->items.failed, duration(report->wall_s));
  }
  return print(result->difference, "the serial run", "the parallel run", result->outputs);
}

Result<FileDigests> digests_of(const std::string& path, const std::stop_token& stop) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored)
             ? digest_folder(FileSystem::real(), path, available_cpus(), stop)
             : read_manifest(path);
}

int verify_files(const VerifyCommand& command, const std::stop_token& stop) {
  const auto first = digests_of(command.flags.graph, stop);
  if (!first) return not_run(first.error(), stop);
  const auto second = digests_of(command.second, stop);
  if (!second) return not_run(second.error(), stop);
  return print(compare(*first, *second), command.flags.graph, command.second, first->size());
}

}  // namespace

void add_verify(CommandLine& line) {
  auto command = std::make_shared<VerifyCommand>();
  Command verify_app =
      line.add("verify",
               "Runs a graph serially and in parallel and compares every output; or compares two "
               "folders, or a folder and a manifest. Status 1: they differ");
  verify_app.add("graph", command->flags.graph, "The graph config; or the first folder or manifest")
      .required();
  verify_app.add("second", command->second, "The second folder or manifest");
  command->flags.add_reading(verify_app);
  verify_app.runs([command] {
    const std::stop_token stop = catch_signals();
    return command->second.empty() ? verify_graph(*command, stop) : verify_files(*command, stop);
  });
}

}  // namespace imagemill::cli
