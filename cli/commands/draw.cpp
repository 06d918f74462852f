// imagemill draw: a graph as a picture.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include "cli/commands/commands.h"
#include "cli/display/complain.h"
#include "cli/display/exit_status.h"
#include "cli/display/terminal.h"
#include "cli/flags/run_flags.h"
#include "graphs/config/graph_drawing.h"
#include "graphs/records/run_records.h"

namespace imagemill::cli {

enum class DrawingFormat { dot, mermaid, svg };

}  // namespace imagemill::cli

template <>
struct imagemill::EnumNames<imagemill::cli::DrawingFormat> {
  using Format = imagemill::cli::DrawingFormat;
  static constexpr std::array<std::pair<std::string_view, Format>, 3> values = {
      {{"dot", Format::dot}, {"mermaid", Format::mermaid}, {"svg", Format::svg}}};
};

namespace imagemill::cli {
namespace {

struct DrawCommand {
  RunFlags flags;
  DrawingFormat format = DrawingFormat::dot;
  std::string stats;
};

// Runs Graphviz on `text`; its SVG goes to stdout. Returns the exit status.
int print_svg(const std::string& text) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> input(std::tmpfile(), &std::fclose);
  if (input == nullptr || std::fwrite(text.data(), 1, text.size(), input.get()) != text.size() ||
      std::fflush(input.get()) != 0 || std::fseek(input.get(), 0, SEEK_SET) != 0) {
    complain(fmt::format("cannot write a temporary file: {}", std::strerror(errno)));
    return kNotRun;
  }
  std::string program = "dot";
  std::string flag = "-Tsvg";
  std::array<char*, 3> arguments = {program.data(), flag.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fileno(input.get()), STDIN_FILENO);
  pid_t child = -1;
  const int error =
      posix_spawnp(&child, program.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error == ENOENT) {
    complain(
        "svg needs Graphviz, and its program 'dot' is not installed; --format dot or mermaid "
        "does without");
    return kNotRun;
  }
  if (error != 0) {
    complain(fmt::format("cannot start 'dot': {}", std::strerror(error)));
    return kNotRun;
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return kOk;
  complain("Graphviz's 'dot' failed");
  return kNotRun;
}

// Measured stages from a --stats file. If the file is unreadable or of another graph: nullopt, and
// the cause on stderr.
std::optional<std::vector<StageStats>> stages_of(const Graph& graph, const std::string& file) {
  auto report = read_report(file);
  if (!report) {
    complain(report.error().message);
    return {};
  }
  for (const StageStats& stage : report->stages) {
    const auto& nodes = graph.nodes();
    if (std::any_of(nodes.begin(), nodes.end(),
                    [&](const GraphNode& node) { return node.name == stage.node; }))
      continue;
    complain(fmt::format("'{}' is of another graph: this one has no node '{}'", file, stage.node));
    return {};
  }
  return std::move(report->stages);
}

int draw_graph(const DrawCommand& command) {
  const auto loaded = command.flags.load();
  if (!loaded) return kNotRun;
  std::vector<StageStats> measured;
  if (!command.stats.empty()) {
    auto read = stages_of(loaded->graph, command.stats);
    if (!read) return kNotRun;
    measured = std::move(*read);
  }
  const Drawing drawing = draw(*loaded, measured);
  if (command.format == DrawingFormat::svg) return print_svg(to_dot(drawing));
  print_out("{}", command.format == DrawingFormat::dot ? to_dot(drawing) : to_mermaid(drawing));
  return kOk;
}

}  // namespace

void add_draw(CommandLine& line) {
  auto command = std::make_shared<DrawCommand>();
  Command draw_app = line.add("draw", "Draws a graph, for Graphviz or Mermaid");
  draw_app.add("graph", command->flags.graph, "The graph config, a YAML file").required();
  command->flags.add_sets(draw_app);
  add_value(draw_app, "--format", command->format,
            "dot (the default), mermaid, or svg (made by Graphviz, where that is installed)");
  draw_app.add("--stats", command->stats,
               "Colours the nodes by their utilisation in a run: what run --stats wrote");
  draw_app.runs([command] { return draw_graph(*command); });
}

}  // namespace imagemill::cli
