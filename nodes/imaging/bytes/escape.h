// Escape from a C library whose error callback must not return.
#pragma once

#include <csetjmp>

namespace imagemill::imaging {

struct Escape {
  std::jmp_buf target;

  [[noreturn]] void leave() { std::longjmp(target, 1); }
};

// Runs `body`; false if `escape.leave()` ended it. leave() runs no destructors. So no object that
// needs one may be alive between here and the C library's calls; `body` works on what its caller
// owns. Never inlined: the caller's variables then live outside the frame that setjmp returns to
// twice, and keep the values that `body` gave them.
template <class Body>
[[gnu::noinline]] bool guarded(Escape& escape, const Body& body) {
  if (setjmp(escape.target) != 0) return false;
  body();
  return true;
}

}  // namespace imagemill::imaging
