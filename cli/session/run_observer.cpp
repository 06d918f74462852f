#include "cli/session/run_observer.h"

#include <filesystem>
#include <utility>

#include "cli/display/complain.h"
#include "cli/display/terminal.h"
#include "cli/flags/run_flags.h"
#include "engine/base/text.h"
#include "graphs/records/record_file.h"

namespace imagemill::cli {
namespace {

constexpr std::size_t kKindsCounted = 100;

}  // namespace

Result<void> Recorder::open(const Places& places, const RunOptions& run) {
  places_ = places;
  if (!places.manifest.empty()) {
    auto writer = ManifestWriter::create(places.manifest);
    if (!writer) return tl::make_unexpected(std::move(writer.error()));
    manifest_ = std::move(*writer);
  }
  if (!places.failures.empty()) {
    auto log = ItemLog::create(places.failures, failures_heading());
    if (!log) return tl::make_unexpected(std::move(log.error()));
    failures_ = std::move(*log);
  }
  if (!places.losses.empty()) {
    auto log = ItemLog::create(places.losses, losses_heading());
    if (!log) return tl::make_unexpected(std::move(log.error()));
    losses_ = std::move(*log);
  }
  if (!places.quarantine.empty()) {
    auto opened = Quarantine::open(places.quarantine, run.environment, run.stop);
    if (!opened) return tl::make_unexpected(std::move(opened.error()));
    quarantine_ = std::move(*opened);
  }
  if (!places.stats.empty()) return check_writable(places.stats);
  return {};
}

void Recorder::listed(std::uint64_t entries) {
  const std::lock_guard lock(mutex_);
  if (!is_finished_) progress_->set_listed(entries);
}

void Recorder::ignored(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (is_finished_) return;
  progress_->ignore_one();
  const std::string extension = std::filesystem::path(key).extension();
  if (kinds_.size() < kKindsCounted || kinds_.contains(extension)) ++kinds_[extension];
}

void Recorder::ended(const Item& item) {
  const std::lock_guard lock(mutex_);
  if (is_finished_) return;
  if (manifest_) {
    for (const Written& written : item.outputs()) manifest_->add(written);
    for (const Written& written : item.kept()) manifest_->add(written);
  }
  if (failures_) failures_->begin();
  if (losses_) {
    losses_->begin();
    for (const Loss& loss : item.losses()) losses_->add(loss_line(loss, item.info().key));
  }
  if (quarantine_) quarantine_->add(item);
  for (const Error& error : item.errors()) {
    if (failures_) failures_->add(failure_line(error));
    first_failures_.add([&] { return to_string(error); });
  }
  if (item.outcome() == Outcome::failed) {
    progress_->failed();
  } else {
    progress_->ok();
  }
}

std::vector<Error> Recorder::finish() {
  const std::lock_guard lock(mutex_);
  is_finished_ = true;
  progress_.reset();
  std::vector<Error> failed;
  const auto finish = [&](auto& record) {
    if (!record) return;
    if (auto finished = record->finish(); !finished) failed.push_back(std::move(finished.error()));
  };
  finish(manifest_);
  finish(failures_);
  finish(losses_);
  return failed;
}

Recorder::Copies Recorder::finish_copies(const std::stop_token& stop) {
  if (quarantine_) receipt_ = quarantine_->finish(stop);
  return receipt_.is_stuck ? Copies::stuck : Copies::ended;
}

void Recorder::print_failures(const std::string& all) const {
  first_failures_.print(all);
  const auto images = [](std::uint64_t count) {
    return number_of(static_cast<std::int64_t>(count), "failed image");
  };
  if (receipt_.received > 0) {
    print_error("{} in the quarantine '{}'\n", images(receipt_.received),
                printable(places_.quarantine));
  }
  if (receipt_.missing > 0) {
    complain(fmt::format("{} not in the quarantine '{}': {}", images(receipt_.missing),
                         places_.quarantine, receipt_.why));
  }
}

void Recorder::discard() {
  progress_.reset();
  if (failures_) failures_->discard();
  if (losses_) losses_->discard();
}

}  // namespace imagemill::cli
