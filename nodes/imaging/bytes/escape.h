// The way back out of a C library whose error callback must not return.
#pragma once

#include <csetjmp>

namespace imagemill::imaging {

struct Escape {
  std::jmp_buf target;

  [[noreturn]] void leave() { std::longjmp(target, 1); }
};

// Runs `body`; false if it was left by `escape.leave()`. No destructor runs on that way, so between
// here and the C library's calls nothing may be alive that needs one: `body` works on what its
// caller owns. Never inlined: the caller's variables then live outside the frame that setjmp
// returns to twice, and keep the values that `body` gave them.
template <class Body>
[[gnu::noinline]] bool guarded(Escape& escape, const Body& body) {
  if (setjmp(escape.target) != 0) return false;
  body();
  return true;
}

}  // namespace imagemill::imaging
