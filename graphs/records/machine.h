// What a measurement was made on.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace imagemill {

struct Machine {
  std::string cpu;         // its name, as the kernel says it
  int cpus = 0;            // that this process may use: affinity, and the cgroup's quota rounded up
  int logical_cpus = 0;    // of the machine
  int cores = 0;           // likewise, without hyper-threads; 0: not known
  std::string hypervisor;  // empty on the bare machine
  std::string governor;    // of the CPU's frequency; empty where there is none
  std::uint64_t memory_bytes = 0;
  std::string kernel;
  std::vector<std::pair<std::string, std::string>> versions;  // of libraries and of this program

  friend bool operator==(const Machine&, const Machine&) = default;
};

// Of this one. `versions` is what the caller knows of, beside the scheduler's.
Machine this_machine(std::vector<std::pair<std::string, std::string>> versions);

// In one line: "AMD EPYC 9B14, 2 of 2 CPUs (1 core), virtual (KVM), Linux 6.1".
std::string describe(const Machine& machine);

}  // namespace imagemill
