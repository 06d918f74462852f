// Memory that runs out when a test says so: malloc() of this program, of C++ and of every C library
// in it.
#pragma once

#include <cstdint>

namespace imagemill::testing {

// Counts allocations as long as it lives and, from the `first`-th on (from 1), fails as many as
// `failures`. One at a time. Left alone are those that these libraries make for themselves:
//   libc, ld.so      a thread's own variables: without them the process ends (glibc 2.36)
//   libtbb           tasks: an exception while one is handed over ends the graph, not the item
//   libfribidi       fribidi_get_par_embedding_levels_ex (1.0.8) writes through the null
//   libharfbuzz      shapes without what it lacks (6.0): no letters
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
