#include "engine/source/listing.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace imagemill {
namespace {

Fingerprint fingerprint_of(std::string_view key) {
  return fingerprint({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()});
}

}  // namespace

void KeyDigest::add(std::string_view key) {
  ++count_;
  if (order_ == Order::counts) return keys_.add(key);
  const Fingerprint print = fingerprint_of(key);
  sum_.high += print.high;
  sum_.low += print.low;
}

Fingerprint KeyDigest::finish() const {
  if (order_ == Order::counts) return keys_.finish();
  Fingerprinter all;
  all.add(count_);
  all.add(sum_.high);
  all.add(sum_.low);
  return all.finish();
}

// A cursor over the entries in the temporary file.
class Listing::Kept final : public Cursor {
 public:
  explicit Kept(const Listing& listing) : listing_(listing) { std::rewind(listing.file_.get()); }
  ~Kept() override { std::free(line_); }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;

  std::optional<Entry> next() override {
    if (place_ == listing_.count_) return {};
    const ssize_t length = getdelim(&line_, &room_, 0, listing_.file_.get());
    const std::uint64_t place = place_++;
    if (length <= 0) {
      place_ = listing_.count_;
      return Entry{.key = ".",
                   .error = Error("io_error", "what was listed cannot be read again", Scope::run)};
    }
    Entry entry{.key = std::string(line_, static_cast<std::size_t>(length) - 1)};
    if (error_ < listing_.unreadable_.size() && listing_.unreadable_[error_].first == place) {
      entry.error = listing_.unreadable_[error_++].second;
    }
    return entry;
  }

 private:
  const Listing& listing_;
  char* line_ = nullptr;
  std::size_t room_ = 0;
  std::uint64_t place_ = 0;
  std::size_t error_ = 0;
};

Result<void> Listing::read(const std::stop_token& stop) {
  KeyDigest digest(source_.ordered() ? KeyDigest::Order::counts : KeyDigest::Order::ignored);
  auto cursor = source_.list();
  if (!cursor) return tl::make_unexpected(std::move(cursor.error()));
  const auto lost = [] {
    return failure("io_error", std::string("cannot keep what was listed in a temporary file: ") +
                                   std::strerror(errno));
  };
  if (again_ == Again::kept) {
    file_ = open_temporary_file();
    if (!file_) return lost();
  }
  while (auto entry = (*cursor)->next()) {
    if (stop.stop_requested()) break;
    if (entry->error && entry->error->scope == Scope::run) {
      return tl::make_unexpected(std::move(*entry->error));
    }
    digest.add(entry->key);
    if (again_ == Again::kept && !keep(*entry)) return lost();
    ++count_;
  }
  // A stop also ends a source's listing, which would then look complete.
  if (stop.stop_requested()) {
    return failure("interrupted", "stopped while the input was listed");
  }
  if (again_ == Again::kept && std::fflush(file_.get()) != 0) return lost();
  digest_ = digest.finish();
  return {};
}

bool Listing::keep(const Entry& entry) {
  if (entry.error) unreadable_.emplace_back(count_, *entry.error);
  const std::size_t bytes = entry.key.size() + 1;
  return std::fwrite(entry.key.c_str(), 1, bytes, file_.get()) == bytes;
}

Result<std::unique_ptr<Cursor>> Listing::entries() const {
  if (again_ == Again::listed) return source_.list();
  return std::make_unique<Kept>(*this);
}

}  // namespace imagemill
