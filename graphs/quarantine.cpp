#include "graphs/quarantine.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <span>
#include <utility>

#include "engine/guarded.h"
#include "engine/thread.h"
#include "graphs/records.h"

namespace imagemill {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kReason = ".failed.jsonl";
constexpr std::size_t kMostWaiting = 1000;
constexpr std::size_t kLongestName = 255;  // in bytes, of Linux

// A failed input that is to be copied.
struct Patient {
  std::string key;
  std::string reason;
};

fs::path place_of(const std::string& key) {
  fs::path place;
  for (const fs::path& name : fs::path(key).lexically_normal().relative_path()) {
    if (!name.empty()) place /= name == ".." ? "__" : name;
  }
  return place;
}

// Names that would be too long end in a fingerprint, so that they stay apart.
std::string reason_name(const std::string& name) {
  if (name.size() + kReason.size() <= kLongestName) return name + std::string(kReason);
  const auto bytes = std::span(reinterpret_cast<const std::uint8_t*>(name.data()), name.size());
  const std::string print = "~" + to_hex(fingerprint(bytes));
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
        stop(std::move(stop_)) {}

  const fs::path folder;
  const fs::path base;  // of keys
  const FileSystem& files;
  const std::stop_token stop;
  std::stop_source hurry;  // requested: what is not copied yet stays so

  std::mutex mutex;  // guards what follows
  std::condition_variable_any changed;
  std::deque<Patient> waiting;
  bool ends = false;
  bool is_done = false;
  Receipt receipt;

  void work() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return ends || !waiting.empty(); });
      if (waiting.empty()) break;
      const Patient patient = std::move(waiting.front());
      waiting.pop_front();
      lock.unlock();
      const Result<void> received = guarded([&] { return receive(patient); });
      lock.lock();
      note(received);
      changed.notify_all();
    }
    is_done = true;
    changed.notify_all();
  }

  void note(const Result<void>& received) {
    if (received) {
      ++receipt.received;
    } else if (receipt.missing++ == 0) {
      receipt.why = to_string(received.error());
    }
  }

  Result<void> receive(const Patient& patient) const {
    if (hurry.stop_requested()) return interrupted();
    const fs::path place = place_of(patient.key);
    const std::string& reason = patient.reason;
    const auto written = files.replace(
        folder, place.parent_path() / reason_name(place.filename()),
        std::span(reinterpret_cast<const std::uint8_t*>(reason.data()), reason.size()),
        Durability::none);
    if (!written) return tl::make_unexpected(written.error());
    return copy(base / patient.key, place);
  }

  Result<void> copy(const fs::path& from, const fs::path& place) const {
    auto file = files.open(from);
    if (!file) return {};
    bool is_read = true;
    const auto next = [&](std::span<std::uint8_t> to) -> Result<std::size_t> {
      if (hurry.stop_requested()) return interrupted();
      auto read = (*file)->read(to);
      is_read = read.has_value();
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

Result<std::unique_ptr<Quarantine>> Quarantine::open(const fs::path& folder,
                                                     const Environment& environment,
                                                     std::stop_token stop) {
  const fs::path input = base_of(environment.input);
  for (const fs::path& other : {input, environment.output}) {
    if (other.empty() || layout_of(other, folder) == Layout::apart) continue;
    return failure("bad_quarantine",
                   "the quarantine '" + folder.string() + "' and the " +
                       (other == input ? "input" : "output") + " folder '" + other.string() +
                       "' lie in one another: what is in one could be taken for the other's");
  }
  if (auto prepared = environment.files->prepare_output(folder); !prepared) {
    return tl::make_unexpected(std::move(prepared.error()));
  }
  auto state = std::make_shared<State>(folder, environment, std::move(stop));
  auto thread = start_thread([state] { state->work(); });
  if (!thread) return tl::make_unexpected(std::move(thread.error()));
  return std::unique_ptr<Quarantine>(new Quarantine(std::move(state), std::move(*thread)));
}

Quarantine::Quarantine(std::shared_ptr<State> state, std::jthread thread)
    : state_(std::move(state)), thread_(std::move(thread)) {}

Quarantine::~Quarantine() {
  if (!thread_.joinable()) return;
  state_->hurry.request_stop();
  {
    const std::lock_guard lock(state_->mutex);
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
  Patient patient{.key = item.info().key, .reason = failures_heading()};
  for (const Error& error : errors) patient.reason += failure_line(error);
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, state_->stop, [&] { return state_->waiting.size() < kMostWaiting; });
  state_->waiting.push_back(std::move(patient));
  state_->changed.notify_all();
}

Quarantine::Receipt Quarantine::finish(const std::stop_token& stop,
                                       std::chrono::milliseconds patience) {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  state.ends = true;
  state.changed.notify_all();
  const auto is_done = [&] { return state.is_done; };
  if (!state.changed.wait(lock, stop, is_done)) {
    state.changed.wait_for(lock, patience, is_done);
    state.hurry.request_stop();
    // What is at work now looks at that before its next piece.
    if (!state.changed.wait_for(lock, patience, is_done)) {
      Receipt receipt = state.receipt;
      receipt.missing += 1 + state.waiting.size();
      receipt.why = "a copy does not come back from the system";
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
