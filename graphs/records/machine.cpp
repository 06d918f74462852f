#include "graphs/records/machine.h"

#include <fstream>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "engine/base/text.h"
#include "engine/run/executor.h"

namespace imagemill {
namespace {

std::string first_line(const char* file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

// Splits a line "name : value" of /proc/cpuinfo.
std::pair<std::string, std::string> entry_of(const std::string& line) {
  const auto colon = line.find(':');
  if (colon == std::string::npos) return {};
  const auto trimmed = [](const std::string& text) {
    const auto first = text.find_first_not_of(" \t");
    const auto last = text.find_last_not_of(" \t");
    return first == std::string::npos ? "" : text.substr(first, last - first + 1);
  };
  return {trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1))};
}

void read_cpuinfo(Machine& machine) {
  std::ifstream cpuinfo("/proc/cpuinfo");
  std::set<std::pair<std::string, std::string>> cores;
  std::string socket;
  for (std::string line; std::getline(cpuinfo, line);) {
    const auto [name, value] = entry_of(line);
    if (name == "model name" && machine.cpu.empty()) machine.cpu = value;
    if (name == "physical id") socket = value;
    if (name == "core id") cores.insert({socket, value});
    if (name == "flags" && (" " + value + " ").find(" hypervisor ") != std::string::npos) {
      machine.hypervisor = "virtual";
    }
  }
  machine.cores = static_cast<int>(cores.size());
}

}  // namespace

Machine this_machine(std::vector<std::pair<std::string, std::string>> versions) {
  Machine machine;
  read_cpuinfo(machine);
  if (!machine.hypervisor.empty()) {
    // Clouds put the name of their product here, such as "Amazon EC2".
    const std::string product = first_line("/sys/class/dmi/id/sys_vendor");
    if (!product.empty()) machine.hypervisor += " (" + product + ")";
  }
  machine.cpus = available_cpus();
  machine.logical_cpus = static_cast<int>(std::thread::hardware_concurrency());
  machine.governor = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page_bytes = sysconf(_SC_PAGESIZE);
  if (pages > 0 && page_bytes > 0) {
    machine.memory_bytes =
        static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_bytes);
  }
  utsname name{};
  if (uname(&name) == 0) machine.kernel = fmt::format("{} {}", name.sysname, name.release);
  machine.versions = std::move(versions);
  machine.versions.emplace_back("oneTBB", scheduler_version());
  return machine;
}

std::string describe(const Machine& machine) {
  std::string text = machine.cpu.empty() ? "an unknown CPU" : machine.cpu;
  text += fmt::format(", {} of {} CPUs", machine.cpus, machine.logical_cpus);
  if (machine.cores > 0) {
    text += " (" + number_of(machine.cores, "core") + ")";
  }
  for (const std::string& more : {machine.hypervisor, machine.kernel}) {
    if (!more.empty()) text += ", " + more;
  }
  return text;
}

}  // namespace imagemill
