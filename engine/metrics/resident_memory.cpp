#include "engine/metrics/resident_memory.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

namespace imagemill {
namespace {

// VmHWM of /proc/self/status, in bytes; 0 if the line is missing.
std::uint64_t high_water_mark(int status) {
  std::array<char, 4096> buffer{};
  const ssize_t size = pread(status, buffer.data(), buffer.size(), 0);
  if (size <= 0) return 0;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(size));
  constexpr std::string_view kName = "VmHWM:";
  auto place = text.find(kName);
  if (place == std::string_view::npos) return 0;
  place = text.find_first_not_of(" \t", place + kName.size());
  std::uint64_t kibibytes = 0;
  if (place != std::string_view::npos) {
    std::from_chars(text.data() + place, text.data() + text.size(), kibibytes);
  }
  return kibibytes * 1024;
}

}  // namespace

std::uint64_t peak_resident_bytes() {
  const int status = ::open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  const std::uint64_t peak = high_water_mark(status);
  if (status >= 0) close(status);
  if (peak > 0) return peak;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

void give_back_freed_memory() { malloc_trim(0); }

std::optional<ResidentMemory> ResidentMemory::open() {
  const int status = ::open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  const int reset = ::open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
  ResidentMemory memory(status, reset);
  if (status < 0 || reset < 0 || memory.begin() == 0) return {};
  return memory;
}

ResidentMemory::ResidentMemory(ResidentMemory&& other) noexcept
    : status_(std::exchange(other.status_, -1)),
      reset_(std::exchange(other.reset_, -1)),
      highest_(other.highest_) {}

ResidentMemory& ResidentMemory::operator=(ResidentMemory&& other) noexcept {
  std::swap(status_, other.status_);
  std::swap(reset_, other.reset_);
  std::swap(highest_, other.highest_);
  return *this;
}

ResidentMemory::~ResidentMemory() {
  if (status_ >= 0) close(status_);
  if (reset_ >= 0) close(reset_);
}

std::uint64_t ResidentMemory::peak() const { return high_water_mark(status_); }

std::uint64_t ResidentMemory::begin() {
  highest_ = std::max(highest_, peak());
  constexpr char kResetPeak = '5';  // proc(5)
  if (write(reset_, &kResetPeak, 1) != 1) return 0;
  return peak();
}

std::uint64_t ResidentMemory::highest() { return highest_ = std::max(highest_, peak()); }

}  // namespace imagemill
