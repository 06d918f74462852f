// Runs a whole graph on files in memory.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "graphs/config/load_graph.h"
#include "tests/support/image_files.h"

namespace imagemill::testing {

// How a graph is run.
struct How {
  bool serial = true;
  int workers = 1;
  std::uint64_t memory_bytes = std::uint64_t{64} << 20;
};

struct Outputs {
  Files files;                                 // what was written
  std::map<std::string, std::string> digests;  // what the sinks say that they wrote: path → SHA-256
  std::map<std::string, std::string> failures;  // item → "node: code, …"
  std::set<std::string> skipped;                // items
  std::set<std::string> claimed;     // the outputs that were planned, of items that are ok
  std::vector<std::string> ignored;  // sorted
  RunReport report;
};

// Inputs with an absolute path lie beside the input folder. Throws std::runtime_error with what is
// wrong where nothing can be run.
Outputs run_graph(const Graph& graph, const Files& inputs, const How& how = {});
Outputs run_graph(const std::string& yaml, const Files& inputs, const How& how = {});

// Outputs from a folder or a list on the disk.
Outputs run_on_disk(const std::string& yaml, const std::filesystem::path& input,
                    const How& how = {});

// Outputs of a graph in a serial run. Fails the test if they differ with one, two or three workers,
// in little memory or plenty.
Outputs run_every_way(const std::string& yaml, const Files& inputs);

// A config: read, these nodes one after another ("{type: resize, width: 4}"), write.
std::string chain(const std::vector<std::string>& nodes);

// Output of a chain of nodes for a file. Throws std::runtime_error if a node fails.
Bytes convert(const Bytes& file, const std::vector<std::string>& nodes);

}  // namespace imagemill::testing
