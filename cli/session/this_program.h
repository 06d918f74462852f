// Identity of this program, for provenance: command line, versions, machine.
#pragma once

#include "graphs/records/machine.h"
#include "graphs/records/provenance.h"

namespace imagemill::cli {

// Stores the command line for this_provenance(). Call first, from main().
void set_command_line(int argc, char** argv);

// Provenance of a result of this command; `config`: the YAML text of the graph.
Provenance this_provenance(std::string config);

// Description of this machine, with the versions of this program and its libraries.
Machine this_machine();

}  // namespace imagemill::cli
