// Output stream over an open file.
#pragma once

#include <array>
#include <ostream>
#include <streambuf>

namespace imagemill {

// Writes to `fd` in pieces of 64 KiB. `fd` must outlive the stream. After a failed write the stream
// is bad. Flush after the last byte. Not thread-safe.
class DescriptorStream : public std::ostream {
 public:
  explicit DescriptorStream(int fd) : std::ostream(nullptr), buffer_(fd) { rdbuf(&buffer_); }
  // Errno of the write that failed; 0 if none has.
  int error() const { return buffer_.error(); }

 private:
  class Buffer : public std::streambuf {
   public:
    explicit Buffer(int fd);
    int error() const { return error_; }

   protected:
    int_type overflow(int_type c) override;
    int sync() override;

   private:
    const int fd_;
    int error_ = 0;
    std::array<char, 1 << 16> bytes_;
  };

  Buffer buffer_;
};

}  // namespace imagemill
