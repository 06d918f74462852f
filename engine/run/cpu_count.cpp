#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include <sched.h>

#include "engine/run/executor.h"

namespace imagemill {
namespace {

int affinity() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  return static_cast<int>(std::thread::hardware_concurrency());
}

// Quota ÷ period of a cgroup folder, v2 (cpu.max) or v1 (cpu.cfs_*_us); nullopt without a limit.
std::optional<double> quota(const std::string& folder) {
  std::string max;
  double period = 0;
  if (std::ifstream v2(folder + "/cpu.max"); v2 >> max >> period) {
    if (max == "max" || period <= 0) return {};
    return std::strtod(max.c_str(), nullptr) / period;
  }
  double microseconds = 0;
  std::ifstream quota_file(folder + "/cpu.cfs_quota_us");
  std::ifstream period_file(folder + "/cpu.cfs_period_us");
  if (quota_file >> microseconds && period_file >> period && microseconds > 0 && period > 0) {
    return microseconds / period;
  }
  return {};
}

// The lowest quota on the way from this process's cgroup to the root; nullopt without any.
std::optional<double> cgroup_quota() {
  std::optional<double> tightest;
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    std::string root = "/sys/fs/cgroup";
    if (!controllers.empty()) {
      if (("," + controllers + ",").find(",cpu,") == std::string::npos) continue;
      root += "/cpu";
    }
    std::string path = line.substr(second + 1);
    while (true) {
      if (const auto found = quota(root + path); found && (!tightest || *found < *tightest))
        tightest = found;
      if (path.empty() || path == "/") break;
      path.erase(path.rfind('/'));
    }
  }
  return tightest;
}

}  // namespace

int available_cpus() {
  int cpus = std::max(affinity(), 1);
  if (const auto limit = cgroup_quota()) {
    cpus = std::min(cpus, std::max(1, static_cast<int>(std::ceil(*limit))));
  }
  return cpus;
}

}  // namespace imagemill
