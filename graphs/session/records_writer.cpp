#include "graphs/session/records_writer.h"

#include <filesystem>
#include <utility>

#include "graphs/records/record_file.h"

namespace imagemill {
namespace {

constexpr std::size_t kKindsCounted = 100;

Result<std::optional<ItemLog>> open_log(const std::string& file, std::string heading) {
  if (file.empty()) return std::optional<ItemLog>();
  return ItemLog::create(file, std::move(heading)).map([](ItemLog&& log) {
    return std::optional(std::move(log));
  });
}

}  // namespace

Result<void> RecordsWriter::open(const RecordFiles& files, const std::string& quarantine,
                                 const RunOptions& run) {
  if (!files.manifest.empty()) {
    auto writer = ManifestWriter::create(files.manifest);
    if (!writer) return tl::make_unexpected(std::move(writer.error()));
    manifest_ = std::move(*writer);
  }
  auto failures = open_log(files.failures, failures_heading());
  if (!failures) return tl::make_unexpected(std::move(failures.error()));
  failures_ = std::move(*failures);
  auto losses = open_log(files.losses, losses_heading());
  if (!losses) return tl::make_unexpected(std::move(losses.error()));
  losses_ = std::move(*losses);
  if (!quarantine.empty()) {
    auto opened = Quarantine::open(quarantine, run.environment, run.stop);
    if (!opened) return tl::make_unexpected(std::move(opened.error()));
    quarantine_ = std::move(*opened);
  }
  if (!files.stats.empty()) return check_writable(files.stats);
  return {};
}

void RecordsWriter::listed(std::uint64_t entries) {
  const std::lock_guard lock(mutex_);
  if (!is_finished_) observer_.listed(entries);
}

void RecordsWriter::ignored(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (is_finished_) return;
  const std::string extension = std::filesystem::path(key).extension();
  if (kinds_.size() < kKindsCounted || kinds_.contains(extension)) ++kinds_[extension];
  observer_.ignored(key);
}

void RecordsWriter::ended(const Item& item) {
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
  if (failures_) {
    for (const Error& error : item.errors()) failures_->add(failure_line(error));
  }
  observer_.ended(item);
}

std::vector<Error> RecordsWriter::finish() {
  const std::lock_guard lock(mutex_);
  is_finished_ = true;
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

Quarantine::Receipt RecordsWriter::finish_copies(const std::stop_token& stop) {
  return quarantine_ ? quarantine_->finish(stop) : Quarantine::Receipt();
}

void RecordsWriter::discard() {
  if (failures_) failures_->discard();
  if (losses_) losses_->discard();
}

}  // namespace imagemill
