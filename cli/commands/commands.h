// The subcommands, one file each. A file holds argument parsing and printing only: results on
// stdout, all else on stderr.
#pragma once

#include "cli/commands/commands.h"
#include "cli/flags/command_line.h"

namespace imagemill::cli {

// Each function adds the subcommand of its name to `line`.
void add_check(CommandLine& line);
void add_cluster(CommandLine& line);
void add_draw(CommandLine& line);
void add_list(CommandLine& line);
void add_merge(CommandLine& line);
void add_nodes(CommandLine& line);
void add_predict(CommandLine& line);
void add_profile(CommandLine& line);
void add_report(CommandLine& line);
void add_run(CommandLine& line);
void add_scale(CommandLine& line);
void add_schema(CommandLine& line);
void add_synth(CommandLine& line);
void add_tune(CommandLine& line);
void add_verify(CommandLine& line);

}  // namespace imagemill::cli
