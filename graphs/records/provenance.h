// Where a measurement comes from, so that it can be made again.
#pragma once

#include <string>
#include <vector>

namespace imagemill {

struct Origin {
  std::string date;     // UTC, as in 2026-11-21T22:30:00Z
  std::string command;  // as a shell takes it
  std::string config;   // the text of the graph's file
};

// Of a command that is running.
Origin origin_of(const std::vector<std::string>& arguments, std::string config);

}  // namespace imagemill
