#include "graphs/records/quarantine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <span>
#include <utility>

#include "engine/base/clock.h"
#include "engine/base/exception_guard.h"
#include "engine/base/mutex.h"
#include "engine/base/string_spool.h"
#include "engine/base/text.h"
#include "engine/base/thread.h"
#include "engine/files/temporary_names.h"
#include "engine/metrics/run_report.h"
#include "engine/source/output_claims.h"
#include "graphs/records/run_records.h"

namespace imagemill {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kReason = ".failed.jsonl";
constexpr std::size_t kMostWaiting = 1000;
constexpr std::size_t kLongestName = 255;  // bytes; the limit of Linux

// Marker file: a folder that holds it is a quarantine.
constexpr const char* kMark = ".imagemill-quarantine";
constexpr std::chrono::seconds kSilence(5);
constexpr std::chrono::milliseconds kPatience(50);

struct FailedInput {
  std::string key;
  std::string reason;
  bool is_copied = true;
};

bool is_empty_or_missing(const fs::path& folder) {
  std::error_code error;
  return !fs::exists(folder, error) || fs::is_empty(folder, error);
}

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

fs::path place_of(const std::string& key) {
  fs::path place;
  for (const fs::path& name : fs::path(key).lexically_normal().relative_path()) {
    if (!name.empty()) place /= name == ".." ? "__" : name;
  }
  return place;
}

// File name of the reason. A name that would be too long ends in a fingerprint, so that names stay
// distinct.
std::string reason_name(const std::string& name) {
  if (name.size() + kReason.size() <= kLongestName) return name + std::string(kReason);
  const std::string print = "~" + to_hex(fingerprint(bytes_of(name)));
  std::size_t end = kLongestName - print.size() - kReason.size();
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80) --end;
  return name.substr(0, end) + print + std::string(kReason);
}

}  // namespace

struct Quarantine::State {
  State(fs::path folder_, const Environment& environment, std::stop_token stop_)
      : folder(std::move(folder_)),
        base(base_of(environment.input)),
        files(*environment.files),
        stop(std::move(stop_)),
        places(files.folding(folder)) {}

  const fs::path folder;
  const fs::path base;  // folder that keys are relative to
  const FileSystem& files;
  const std::stop_token stop;
  OutputClaims places;                                 // taken paths, used by the thread only …
  StringSpool owners;                                  // … and the keys that took them
  std::stop_source cancel;                             // requested: no further input is copied
  std::atomic<std::int64_t> progressed_ns = now_ns();  // when a copy last progressed

  Mutex mutex;
  std::condition_variable_any changed;
  std::deque<FailedInput> waiting IMAGEMILL_GUARDED_BY(mutex);
  bool ends IMAGEMILL_GUARDED_BY(mutex) = false;
  bool is_done IMAGEMILL_GUARDED_BY(mutex) = false;
  Receipt receipt IMAGEMILL_GUARDED_BY(mutex);

  void work() {
    MutexLock lock(mutex);
    while (true) {
      changed.wait(lock.waiting(),
                   [&]() IMAGEMILL_REQUIRES(mutex) { return ends || !waiting.empty(); });
      if (waiting.empty()) break;
      const FailedInput input = std::move(waiting.front());
      waiting.pop_front();
      lock.unlock();
      const Result<void> received = guarded([&] { return receive(input); });
      lock.lock();
      note(received);
      changed.notify_all();
    }
    is_done = true;
    changed.notify_all();
  }

  // Ends the thread after an error: all waiting inputs count as missing.
  void fail(const Error& error) {
    const MutexLock lock(mutex);
    miss(1 + waiting.size(), error);
    waiting.clear();
    is_done = true;
    changed.notify_all();
  }

  void note(const Result<void>& received) IMAGEMILL_REQUIRES(mutex) {
    if (received) {
      ++receipt.received;
    } else {
      miss(1, received.error());
    }
  }

  void miss(std::uint64_t count, const Error& error) IMAGEMILL_REQUIRES(mutex) {
    receipt.missing += count;
    if (!receipt.why.empty()) return;
    auto why = guarded([&]() -> Result<std::string> { return to_string(error); });
    receipt.why = why ? std::move(*why) : std::move(why.error().message);
  }

  void note_missing(std::uint64_t count) IMAGEMILL_REQUIRES(mutex) {
    receipt.missing += count;
    if (receipt.why.empty()) receipt.why = "a copy is stuck in the system";
  }

  bool is_silent() const {
    return now_ns() - progressed_ns > std::chrono::nanoseconds(kSilence).count();
  }

  // Waits for `done`, `request`, or a stall. Returns `done`.
  bool wait(MutexLock& lock, const std::stop_token& request, bool (State::*done)() const)
      IMAGEMILL_REQUIRES(mutex) {
    while (!(this->*done)() && !request.stop_requested() && !is_silent()) {
      changed.wait_for(lock.waiting(), request, kPatience, [&] { return (this->*done)(); });
    }
    return (this->*done)();
  }

  bool has_room() const IMAGEMILL_REQUIRES(mutex) {
    return is_done || waiting.size() < kMostWaiting;
  }
  bool has_ended() const IMAGEMILL_REQUIRES(mutex) { return is_done; }

  Result<void> receive(const FailedInput& input) {
    if (cancel.stop_requested()) return interrupted();
    progressed_ns = now_ns();
    const fs::path place = place_of(input.key);
    const fs::path reason = place.parent_path() / reason_name(place.filename());
    const std::uint64_t owner = owners.add(input.key);
    for (const fs::path& path : {place, reason}) {
      if (auto taken = take(path, input.key, owner); !taken) return taken;
    }
    const auto written = files.replace(folder, reason, bytes_of(input.reason), Durability::none);
    if (!written) return tl::make_unexpected(written.error());
    return input.is_copied ? copy(base / input.key, place) : Result<void>();
  }

  // Claims `path` for an input. An input that fails twice, such as one listed twice, keeps its
  // path.
  Result<void> take(const fs::path& path, const std::string& key, std::uint64_t owner) {
    const auto holder = places.holder(path.string());
    if (!holder) {
      places.claim(path.string(), owner);
      return {};
    }
    const auto other = owners.read(*holder);
    if (other == key) return {};
    return failure("output_conflict",
                   "the place of '" + key + "' is that of " + (other ? quote(*other) : "another"));
  }

  Result<void> copy(const fs::path& from, const fs::path& place) {
    auto file = files.open(from);
    if (!file) return {};
    bool is_read = true;
    std::uint64_t left = (*file)->size();  // bounds the copy of a file that keeps growing
    const auto next = [&](std::span<std::uint8_t> to) -> Result<std::size_t> {
      progressed_ns = now_ns();
      if (cancel.stop_requested()) return interrupted();
      auto read = (*file)->read(to.first(std::min<std::uint64_t>(to.size(), left)));
      is_read = read && (*read > 0 || !(*file)->has_changed());
      if (!is_read) return failure("changed", "it cannot be read as it was");
      left -= *read;
      return read;
    };
    const auto copied = files.replace_from(next, folder, place);
    if (copied || !is_read) return {};
    return tl::make_unexpected(copied.error());
  }

  static tl::unexpected<Error> interrupted() {
    return failure("interrupted", "the run was stopped before it was copied");
  }
};

Result<void> Quarantine::check(const fs::path& folder, const Environment& environment) {
  const fs::path input = base_of(environment.input);
  for (const fs::path& other : {input, environment.output}) {
    if (other.empty() || layout_of(other, folder) == Layout::apart) continue;
    return failure("bad_quarantine", "the quarantine '" + folder.string() + "' and the " +
                                         (other == input ? "input" : "output") + " folder '" +
                                         other.string() +
                                         "' lie in one another: their files could be confused");
  }
  std::error_code error;
  if (!is_empty_or_missing(folder) && !fs::exists(folder / kMark, error)) {
    return failure("bad_quarantine",
                   "the folder '" + folder.string() +
                       "' is neither empty nor a quarantine: its files could be replaced");
  }
  return {};
}

Result<std::unique_ptr<Quarantine>> Quarantine::open(const fs::path& folder,
                                                     const Environment& environment,
                                                     std::stop_token stop) {
  if (auto checked = check(folder, environment); !checked) {
    return tl::make_unexpected(std::move(checked.error()));
  }
  if (auto prepared = environment.files->prepare_output(folder); !prepared) {
    return tl::make_unexpected(std::move(prepared.error()));
  }
  if (auto marked = environment.files->replace(folder, kMark, {}, Durability::none); !marked) {
    return tl::make_unexpected(std::move(marked.error()));
  }
  remove_stale_temporaries(folder, stop);
  auto state = std::make_shared<State>(folder, environment, std::move(stop));
  auto thread =
      start_thread([state] { state->work(); }, [state](const Error& error) { state->fail(error); });
  if (!thread) return tl::make_unexpected(std::move(thread.error()));
  return std::unique_ptr<Quarantine>(new Quarantine(std::move(state), std::move(*thread)));
}

Quarantine::Quarantine(std::shared_ptr<State> state, std::jthread thread)
    : state_(std::move(state)), thread_(std::move(thread)) {}

Quarantine::~Quarantine() {
  if (!thread_.joinable()) return;
  state_->cancel.request_stop();
  {
    const MutexLock lock(state_->mutex);
    state_->ends = true;
  }
  state_->changed.notify_all();
  thread_.join();
}

void Quarantine::add(const Item& item) {
  if (item.outcome() != Outcome::failed) return;
  const auto& errors = item.errors();
  if (std::all_of(errors.begin(), errors.end(),
                  [](const Error& error) { return error.scope == Scope::run; })) {
    return;
  }
  FailedInput input{.key = item.info().key, .reason = failures_heading()};
  for (const Error& error : errors) {
    input.reason += failure_line(error);
    // Reading a slow input once more could block again.
    if (error.code == "timeout") input.is_copied = false;
  }
  State& state = *state_;
  MutexLock lock(state.mutex);
  if (!state.wait(lock, state.stop, &State::has_room) && !state.stop.stop_requested()) {
    state.note_missing(1);
    return;
  }
  if (state.is_done) {
    state.note_missing(1);
    return;
  }
  // An idle thread is not a stalled one.
  if (state.waiting.empty()) state.progressed_ns = now_ns();
  state.waiting.push_back(std::move(input));
  state.changed.notify_all();
}

Quarantine::Receipt Quarantine::finish(const std::stop_token& stop) {
  State& state = *state_;
  MutexLock lock(state.mutex);
  state.ends = true;
  state.changed.notify_all();
  const auto is_done = [&]() IMAGEMILL_REQUIRES(state.mutex) { return state.is_done; };
  if (!state.wait(lock, stop, &State::has_ended)) {
    state.changed.wait_for(lock.waiting(), kPatience, is_done);
    state.cancel.request_stop();
    // The copy in progress sees the cancellation before its next piece.
    if (!state.changed.wait_for(lock.waiting(), kPatience, is_done)) {
      state.note_missing(1 + state.waiting.size());
      Receipt receipt = state.receipt;
      receipt.is_stuck = true;
      thread_.detach();
      return receipt;
    }
  }
  Receipt receipt = state.receipt;
  lock.unlock();
  thread_.join();
  return receipt;
}

}  // namespace imagemill
