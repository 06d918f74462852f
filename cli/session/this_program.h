// Where what this command measures comes from.
#pragma once

#include "graphs/records/machine.h"
#include "graphs/records/provenance.h"

namespace imagemill::cli {

// Call first, from main().
void set_command_line(int argc, char** argv);

// Of this command, over a graph with this text.
Origin this_origin(std::string config);

// The versions of all that decides about the bytes of an output, in a line.
std::string versions_text();

// This machine, with the versions of this program and its libraries.
Machine this_machine();

}  // namespace imagemill::cli
