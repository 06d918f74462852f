// Memory that runs out when a test says so: malloc() of this program, of C++ and of every C library
// in it.
#pragma once

#include <cstdint>

namespace imagemill::testing {

// Counts allocations as long as it lives and, from the `first`-th on (from 1), fails as many as
// `failures`. One at a time. Left alone are those that oneTBB and the C library make for
// themselves: neither can say that it has no memory for a task or for a thread's own variables, and
// end the process.
class FailingMalloc {
 public:
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  explicit FailingMalloc(std::uint64_t first = kNever, std::uint64_t failures = 1);
  ~FailingMalloc();
  FailingMalloc(const FailingMalloc&) = delete;
  FailingMalloc& operator=(const FailingMalloc&) = delete;

  std::uint64_t counted() const;
  std::uint64_t failed() const;
};

}  // namespace imagemill::testing
