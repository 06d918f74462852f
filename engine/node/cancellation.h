// Cancellation, as long computations see it.
#pragma once

namespace imagemill {

// Tells a computation whether its result is still wanted. Thread-safe.
class Cancellation {
 public:
  virtual ~Cancellation() = default;
  // True once the work must stop. Long computations ask every few rows, and then end with the error
  // "interrupted". Costs some nanoseconds. Does not throw.
  virtual bool is_requested() const = 0;

  // Never over.
  static const Cancellation& endless();
};

}  // namespace imagemill
