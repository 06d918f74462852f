// A profiled run as a file: its profile, and what it takes to replay it.
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

// What a file has beside the profile.
struct RunRecord {
  std::string graph;
  std::uint64_t items = 0;         // that ended
  std::string config;              // the text of the graph's file …
  std::vector<std::string> sets;   // … and what was replaced in it, "NODE.PARAM=VALUE"
  std::string input;               // an absolute path, unless it is standard input
  std::uint64_t memory_bytes = 0;  // the budget, with what is held for the whole run
  std::string machine;             // in one line
  Recording recording;
};

// docs/files.md, `imagemill-profile 1`: everything. Of `settings`, what was run with.
std::string run_record_json(const Profile& profile, const Recording& recording,
                            const RunSettings& settings, const std::vector<std::string>& sets,
                            const Machine& machine, const Origin& origin);

Result<RunRecord> read_run_record(const std::filesystem::path& file);

}  // namespace imagemill
