// Clang's thread-safety annotations: which mutex guards what, checked at compile time
// (-Wthread-safety). Empty with other compilers.
#pragma once

#if defined(__clang__)
#define IMAGEMILL_ANNOTATION(x) __attribute__((x))
#else
#define IMAGEMILL_ANNOTATION(x)
#endif

// A class whose objects can be held, such as a mutex.
#define IMAGEMILL_CAPABILITY(name) IMAGEMILL_ANNOTATION(capability(name))
// A class whose objects hold a capability for their lifetime, such as a lock.
#define IMAGEMILL_SCOPED_CAPABILITY IMAGEMILL_ANNOTATION(scoped_lockable)

// A member that is read and written only while `mutex` is held.
#define IMAGEMILL_GUARDED_BY(mutex) IMAGEMILL_ANNOTATION(guarded_by(mutex))

// A function or lambda that may be called only while the mutex is held.
#define IMAGEMILL_REQUIRES(...) IMAGEMILL_ANNOTATION(requires_capability(__VA_ARGS__))
// A function that takes the mutex.
#define IMAGEMILL_ACQUIRES(...) IMAGEMILL_ANNOTATION(acquire_capability(__VA_ARGS__))
// A function that releases the mutex.
#define IMAGEMILL_RELEASES(...) IMAGEMILL_ANNOTATION(release_capability(__VA_ARGS__))

// A function that reads guarded members without their mutex. The function's comment says why.
#define IMAGEMILL_UNCHECKED IMAGEMILL_ANNOTATION(no_thread_safety_analysis)
