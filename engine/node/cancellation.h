// Cancellation, as long computations see it.
#pragma once

namespace imagemill {

// Tells a computation whether its result is still wanted. Thread-safe.
class Patience {
 public:
  virtual ~Patience() = default;
  // True once the work must stop. Long computations ask every few rows, and then end with the error
  // "interrupted". Costs some nanoseconds. Does not throw.
  virtual bool is_over() const = 0;

  // Never over.
  static const Patience& endless();
};

}  // namespace imagemill
