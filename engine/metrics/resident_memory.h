// How much memory the process really held, at most, since one asked last.
#pragma once

#include <cstdint>
#include <optional>

namespace imagemill {

// The most that the process has held since it began, as a program: what getrusage() says counts
// what held it before it called exec(), too, and is used only where there is nothing better.
std::uint64_t peak_resident_bytes();

// Gives back to the system what was freed and the allocator keeps (malloc_trim). Thread-safe. A
// millisecond or so, with many threads or a large heap some.
void give_back_freed_memory();

// The kernel's high-water mark of the process's resident memory (VmHWM), which it lets one set
// back. One at a time in a process. Not thread-safe. A few microseconds a call.
class ResidentMemory {
 public:
  // Nothing where the kernel does not offer it.
  static std::optional<ResidentMemory> open();
  ResidentMemory(ResidentMemory&& other) noexcept;
  ResidentMemory& operator=(ResidentMemory&& other) noexcept;
  ~ResidentMemory();

  // Bytes held at most since the last begin(), or since the process began.
  std::uint64_t peak() const;
  // Sets the mark back to what is held now, which it returns.
  std::uint64_t begin();
  // The highest of all marks.
  std::uint64_t highest();

 private:
  ResidentMemory(int status, int reset) : status_(status), reset_(reset) {}

  int status_;  // -1: moved away
  int reset_;
  std::uint64_t highest_ = 0;
};

}  // namespace imagemill
