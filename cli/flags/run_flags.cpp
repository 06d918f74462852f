#include "cli/flags/run_flags.h"

#include <unistd.h>

#include "cli/display/complain.h"
#include "cli/display/terminal.h"
#include "engine/node/node_adaptor.h"
#include "graphs/session/preflight.h"

namespace imagemill::cli {
namespace {

bool is_given(const std::string& folder, std::string_view name) {
  if (!folder.empty()) return true;
  complain(fmt::format("no {0} folder: give --{0} DIR, or run.{0} in the config", name));
  return false;
}

}  // namespace

bool is_rereadable(const RunSettings& settings, std::string_view name) {
  if (!is_given(settings.input, "input")) return false;
  if (settings.input != kStandardInput) return true;
  complain(fmt::format(
      "standard input can be read only once, and {} runs the graph often: give a list", name));
  return false;
}

bool has_folders(const RunSettings& settings) {
  return is_given(settings.input, "input") && is_given(settings.output, "output");
}

void RunFlags::add_sets(Command& command) {
  command
      .add("--set", sets,
           "NODE.PARAM=VALUE: replaces a parameter of a node; may be given "
           "several times")

      .one_at_a_time();
}

void RunFlags::add_input(Command& command) {
  command.add(
      "--input", input,
      "The folder, list of paths (- for standard input) or image to read; replaces run.input");
  command.add("--list", list, "A file that lists the paths to read below the input folder")
      .checked([](const std::string& text) { return text.empty() ? "it names no file" : ""; });
}

void RunFlags::add_output(Command& command) {
  command.add("--output", output, "The folder to write; replaces run.output");
}

void RunFlags::add_memory(Command& command) {
  command.add("--memory", memory, "Upper bound of the bytes in flight, as in 512MiB");
}

void RunFlags::add_reading(Command& command) {
  add_input(command);
  add_sets(command);
  command.add("--workers", workers, "CPU workers, or auto");
  add_memory(command);
}

void RunFlags::add_writing(Command& command) {
  add_output(command);
  command.add("--on-error", on_error, "After a failed item: skip (go on) or stop");
  command.add("--max-failures", max_failures,
              "Stops when more images than this have failed, as in 20 or 1%");
  command.add("--item-timeout", item_timeout,
              "Time that nodes may work on one image, as in 60s; after it the image fails");
  command.add("--quarantine", quarantine,
              "A folder that receives a copy of each input that fails, and the reason");
  command.add("--nested", nested,
              "Whether the output folder may be the input folder, or lie in it: refuse or "
              "allow");
}

std::optional<LoadedGraph> RunFlags::load_config() const {
  auto loaded = load_graph(graph, sets);
  if (loaded) return std::move(*loaded);
  complain(loaded.error());
  return {};
}

std::optional<LoadedGraph> RunFlags::load() const {
  auto loaded = load_config();
  if (loaded && !apply_to(loaded->spec.run)) return {};
  return loaded;
}

bool RunFlags::apply_to(RunSettings& settings) const {
  bool sound = true;
  const SchemaInfo& schema = detail::schema_of<RunSettings>().info();
  const auto replace = [&](const char* name, const char* flag,
                           const std::optional<std::string>& text) {
    if (!text) return;
    if (const auto wrong = schema.find(name)->set(&settings, *text)) {
      complain(fmt::format("{}: {}", flag, *wrong));
      sound = false;
    }
  };
  replace("input", "--input", input);
  replace("list", "--list", list);
  replace("output", "--output", output);
  replace("workers", "--workers", workers);
  replace("memory", "--memory", memory);
  replace("on_error", "--on-error", on_error);
  replace("max_failures", "--max-failures", max_failures);
  replace("nested", "--nested", nested);
  replace("item_timeout", "--item-timeout", item_timeout);
  replace("quarantine", "--quarantine", quarantine);
  return sound;
}

}  // namespace imagemill::cli
