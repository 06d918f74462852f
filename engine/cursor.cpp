#include "engine/cursor.h"

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

}  // namespace

std::unique_ptr<Cursor> cursor_of(std::vector<Entry> entries) {
  return std::make_unique<VectorCursor>(std::move(entries));
}

std::vector<Entry> sorted(Cursor& cursor) {
  std::vector<Entry> entries;
  while (auto entry = cursor.next()) entries.push_back(std::move(*entry));
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tuple(a.error.has_value(), std::string_view(a.key)) <
           std::tuple(b.error.has_value(), std::string_view(b.key));
  });
  return entries;
}

}  // namespace imagemill
