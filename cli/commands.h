// The subcommands. One file each, nothing but argument parsing and printing: results on stdout, all
// else on stderr.
#pragma once

#include <functional>

#include <CLI/CLI.hpp>

namespace imagemill::cli {

// What main runs once the command line is parsed; its result is the exit status.
using Action = std::function<int()>;

// Each adds its subcommand to `app`, and sets `action` when that is chosen.
void add_check(CLI::App& app, Action& action);
void add_cluster(CLI::App& app, Action& action);
void add_draw(CLI::App& app, Action& action);
void add_list(CLI::App& app, Action& action);
void add_merge(CLI::App& app, Action& action);
void add_nodes(CLI::App& app, Action& action);
void add_predict(CLI::App& app, Action& action);
void add_profile(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_run(CLI::App& app, Action& action);
void add_scale(CLI::App& app, Action& action);
void add_schema(CLI::App& app, Action& action);
void add_synth(CLI::App& app, Action& action);
void add_tune(CLI::App& app, Action& action);
void add_verify(CLI::App& app, Action& action);

// Exit statuses (README, "Exit status").
enum Status : int {
  kOk = 0,
  kItemsFailed = 1,
  kNotRun = 2,
  kResumable = 75,
  kInterrupted = 130,
  kTerminated = 143,
};

}  // namespace imagemill::cli
