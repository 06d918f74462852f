#include "cli/session/this_program.h"

#include "graphs/session/versions.h"

namespace imagemill::cli {
namespace {

std::vector<std::string>& command_line() {
  static std::vector<std::string> words;
  return words;
}

}  // namespace

void set_command_line(int argc, char** argv) {
  command_line().assign(argv, argv + argc);
  command_line().front() = "imagemill";
}

Provenance this_provenance(std::string config) {
  return provenance_of(command_line(), std::move(config));
}

Machine this_machine() { return imagemill::this_machine(versions()); }

}  // namespace imagemill::cli
