// The threads that oneTBB works on. Internal to the engine.
#pragma once

#include "engine/base/result.h"

namespace imagemill {

// Makes oneTBB start the threads of `workers` workers, one of which is the caller. By itself it
// starts a thread with the first task that lacks one. If the system then refuses the thread, that
// task stays where nobody looks for it, and oneTBB waits for ever. Error no_threads or
// out_of_memory; after it oneTBB can't be relied on in this process. Call with an initialized
// arena, which keeps the threads.
Result<void> start_worker_threads(int workers);

}  // namespace imagemill
