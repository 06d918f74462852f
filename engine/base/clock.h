// Clocks, in nanoseconds.
#pragma once

#include <cstdint>

namespace imagemill {

// Time of a monotonic clock, since a fixed moment in the past.
std::int64_t now_ns();
// CPU time of the calling thread.
std::int64_t thread_cpu_ns();
// CPU time of all threads of the process.
std::int64_t process_cpu_ns();

}  // namespace imagemill
