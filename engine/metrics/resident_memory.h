// Peak of the process's resident memory, as the kernel measures it.
#pragma once

#include <cstdint>
#include <optional>

namespace imagemill {

// Peak resident bytes since this program began. The peak of getrusage() includes the time before
// exec(), so it is used only if the kernel offers no other.
std::uint64_t peak_resident_bytes();

// Returns freed memory that the allocator still holds to the system (malloc_trim). Thread-safe.
// Costs about a millisecond, or some with many threads or a large heap.
void give_back_freed_memory();

// The kernel's high-water mark of the process's resident memory (VmHWM), which can be reset. One
// object at a time in a process. Not thread-safe. A few microseconds a call.
class ResidentMemory {
 public:
  // The mark; nullopt if the kernel does not offer it.
  static std::optional<ResidentMemory> open();
  ResidentMemory(ResidentMemory&& other) noexcept;
  ResidentMemory& operator=(ResidentMemory&& other) noexcept;
  ~ResidentMemory();

  // Peak bytes since the last begin(), or since the process began.
  std::uint64_t peak() const;
  // Resets the mark to the bytes held now, and returns them.
  std::uint64_t begin();
  // Highest peak of all periods so far.
  std::uint64_t highest();

 private:
  ResidentMemory(int status, int reset) : status_(status), reset_(reset) {}

  int status_;  // descriptor; -1: moved away
  int reset_;
  std::uint64_t highest_ = 0;
};

}  // namespace imagemill
