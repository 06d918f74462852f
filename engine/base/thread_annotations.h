// Clang's thread-safety annotations: which mutex guards what, checked at compile time
// (-Wthread-safety). Empty with other compilers.
#pragma once

#if defined(__clang__)
#define IMAGEMILL_ANNOTATION(x) __attribute__((x))
#else
#define IMAGEMILL_ANNOTATION(x)
#endif

// A class whose objects can be held; one whose objects hold another as long as they live.
#define IMAGEMILL_CAPABILITY(name) IMAGEMILL_ANNOTATION(capability(name))
#define IMAGEMILL_SCOPED_CAPABILITY IMAGEMILL_ANNOTATION(scoped_lockable)

// A member that is read and written only while `mutex` is held.
#define IMAGEMILL_GUARDED_BY(mutex) IMAGEMILL_ANNOTATION(guarded_by(mutex))

// A function, or a lambda, that is called while `mutex` is held; one that takes it; one that gives
// it back.
#define IMAGEMILL_REQUIRES(...) IMAGEMILL_ANNOTATION(requires_capability(__VA_ARGS__))
#define IMAGEMILL_ACQUIRES(...) IMAGEMILL_ANNOTATION(acquire_capability(__VA_ARGS__))
#define IMAGEMILL_RELEASES(...) IMAGEMILL_ANNOTATION(release_capability(__VA_ARGS__))

// A function that reads guarded members without their mutex. Its comment says why it may.
#define IMAGEMILL_UNCHECKED IMAGEMILL_ANNOTATION(no_thread_safety_analysis)
