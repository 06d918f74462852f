// Description of the machine that a measurement was made on.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace imagemill {

struct Machine {
  std::string cpu;         // model name, from the kernel
  int cpus = 0;            // usable by this process: affinity, and the cgroup's quota rounded up
  int logical_cpus = 0;    // all CPUs of the machine
  int cores = 0;           // cores of the machine, without hyper-threads; 0: unknown
  std::string hypervisor;  // empty on bare metal
  std::string governor;    // of the CPU's frequency; empty if the kernel names no governor
  std::uint64_t memory_bytes = 0;
  std::string kernel;
  std::vector<std::pair<std::string, std::string>> versions;  // of libraries and of this program

  friend bool operator==(const Machine&, const Machine&) = default;
};

// Describes this machine. `versions` are those that the caller knows; the scheduler's is added.
Machine this_machine(std::vector<std::pair<std::string, std::string>> versions);

// One line: "AMD EPYC 9B14, 2 of 2 CPUs (1 core), virtual (KVM), Linux 6.1".
std::string describe(const Machine& machine);

}  // namespace imagemill
