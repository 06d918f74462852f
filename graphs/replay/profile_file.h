// File of a profiled run: its profile, and what a replay needs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "graphs/config/graph_spec.h"
#include "graphs/profile/profile.h"
#include "graphs/records/machine.h"
#include "graphs/records/provenance.h"
#include "graphs/replay/replay_input.h"

namespace imagemill {

// Content of the file, without the profile.
struct RunRecord {
  std::string graph;
  std::uint64_t items = 0;         // ended items
  std::string config;              // the text of the graph's file …
  std::vector<std::string> sets;   // … and the replaced parameters, "NODE.PARAM=VALUE"
  std::string input;               // absolute path, unless standard input
  std::uint64_t memory_bytes = 0;  // the budget, including memory held for the whole run
  std::string machine;             // describe() of the machine
  Recording recording;
};

// Whole JSON of a run: `imagemill-profile 1` (docs/files.md). `settings` are those of the run.
std::string run_record_json(const Profile& profile, const Recording& recording,
                            const RunSettings& settings, const std::vector<std::string>& sets,
                            const Machine& machine, const Provenance& provenance);

Result<RunRecord> read_run_record(const std::filesystem::path& file);

}  // namespace imagemill
