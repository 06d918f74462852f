#include "cli/process/signals.h"

#include <atomic>
#include <cstdlib>

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cli/display/complain.h"
#include "cli/display/exit_status.h"
#include "engine/base/thread.h"
#include "graphs/session/preflight.h"

namespace imagemill::cli {
namespace {

// Signal for the end of the parent. It may come once for each ending thread of the parent, so it
// never counts as the second signal, which ends the process at once.
constexpr int kOrphaned = SIGUSR2;

std::atomic<int> first_signal{0};

}  // namespace

std::stop_token catch_signals() {
  static std::stop_source stop;
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, kOrphaned);
  // Threads inherit the mask, so only the thread below ever receives these signals.
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const auto wait_for_signals = [signals] {
    while (true) {
      int number = 0;
      sigwait(&signals, &number);
      if (first_signal == 0) {
        first_signal = number == kOrphaned ? SIGTERM : number;
        stop.request_stop();
      } else if (number != kOrphaned) {
        _exit(128 + number);
      }
    }
  };
  auto thread = start_thread(wait_for_signals, [](const Error&) {});
  if (!thread) {
    complain(thread.error().message);
    std::exit(kNotRun);
  }
  thread->detach();
  return stop.get_token();
}

void die_with_parent() {
  const pid_t parent = ::getppid();
  ::prctl(PR_SET_PDEATHSIG, kOrphaned);
  // The parent may have ended before prctl() took effect.
  if (::getppid() != parent) ::kill(::getpid(), kOrphaned);
}

Status interrupted_status() { return first_signal == SIGTERM ? kTerminated : kInterrupted; }

Status not_run(const Error& error, const std::stop_token& stop) {
  complain(to_string(error));
  return stop.stop_requested() ? interrupted_status() : kNotRun;
}

Status not_run(const Error& error, const GraphSpec& graph, const std::stop_token& stop) {
  const auto place = stop.stop_requested() ? std::optional<Location>() : place_of(graph, error);
  if (!place) return not_run(error, stop);
  complain(Diagnostics{{*place, error.message}});
  return kNotRun;
}

}  // namespace imagemill::cli
