#include "engine/files/entry_cursor.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace imagemill {
namespace {

class VectorCursor final : public Cursor {
 public:
  explicit VectorCursor(std::vector<Entry> entries) : entries_(std::move(entries)) {}
  std::optional<Entry> next() override {
    if (next_ == entries_.size()) return {};
    return std::move(entries_[next_++]);
  }

 private:
  std::vector<Entry> entries_;
  std::size_t next_ = 0;
};

std::vector<Entry> collect(Cursor& cursor, const std::stop_token& stop) {
  std::vector<Entry> entries;
  while (auto entry = cursor.next()) {
    if (stop.stop_requested()) return {};
    entries.push_back(std::move(*entry));
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tuple(a.error.has_value(), std::string_view(a.key)) <
           std::tuple(b.error.has_value(), std::string_view(b.key));
  });
  return entries;
}

class SortedCursor final : public Cursor {
 public:
  SortedCursor(std::unique_ptr<Cursor> all, std::stop_token stop)
      : all_(std::move(all)), stop_(std::move(stop)) {}
  std::optional<Entry> next() override {
    if (!sorted_) sorted_ = cursor_of(collect(*all_, stop_));
    return sorted_->next();
  }

 private:
  std::unique_ptr<Cursor> all_;
  std::stop_token stop_;
  std::unique_ptr<Cursor> sorted_;
};

}  // namespace

std::unique_ptr<Cursor> cursor_of(std::vector<Entry> entries) {
  return std::make_unique<VectorCursor>(std::move(entries));
}

std::vector<Entry> sorted(Cursor& cursor) { return collect(cursor, {}); }

std::unique_ptr<Cursor> sorted(std::unique_ptr<Cursor> all, std::stop_token stop) {
  return std::make_unique<SortedCursor>(std::move(all), std::move(stop));
}

}  // namespace imagemill
