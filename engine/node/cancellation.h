// Whether work is still wanted.
#pragma once

namespace imagemill {

// Thread-safe.
class Patience {
 public:
  virtual ~Patience() = default;
  // Asked every few rows by what takes long; once it is, the work ends with the error
  // "interrupted". Costs some nanoseconds. Does not throw.
  virtual bool is_over() const = 0;

  static const Patience& endless();
};

}  // namespace imagemill
