// Provenance of a measurement, so that it can be repeated.
#pragma once

#include <string>
#include <vector>

namespace imagemill {

struct Provenance {
  std::string date;     // UTC, as in 2026-11-21T22:30:00Z
  std::string command;  // quoted for a shell
  std::string config;   // the text of the graph's file
};

// Provenance of the command that runs now: its `arguments` and the text of its config.
Provenance provenance_of(const std::vector<std::string>& arguments, std::string config);

}  // namespace imagemill
