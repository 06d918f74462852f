#include "engine/resume/journal_format.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <xxhash.h>

namespace imagemill {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kChecksum = 16;  // digits

std::string checksum(std::string_view rest) {
  return to_hex({XXH3_64bits(rest.data(), rest.size()), 0}).substr(0, kChecksum);
}

// The fields of a line, one after the other.
class Fields {
 public:
  explicit Fields(std::string_view line) : rest_(line) {}

  bool at_end() const { return ended_; }
  bool good() const { return good_; }

  std::string_view next() {
    if (ended_) good_ = false;
    const auto tab = rest_.find('\t');
    const std::string_view field = rest_.substr(0, tab);
    ended_ = tab == std::string_view::npos;
    rest_ = ended_ ? std::string_view() : rest_.substr(tab + 1);
    return field;
  }
  std::string name() { return kept(unescaped(next())); }
  Fingerprint print() { return kept(parse_fingerprint(next())); }
  template <class T>
  T number() {
    const std::string_view field = next();
    T value{};
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    good_ = good_ && error == std::errc() && end == field.data() + field.size();
    return value;
  }
  FileStamp stamp() {
    const auto bytes = number<std::uint64_t>();
    return {bytes, number<std::int64_t>()};
  }
  Outcome outcome() {
    const std::string_view name = next();
    for (const Outcome outcome : {Outcome::ok, Outcome::skipped, Outcome::failed}) {
      if (name == to_string(outcome)) return outcome;
    }
    good_ = false;
    return Outcome::failed;
  }

 private:
  template <class T>
  T kept(std::optional<T> value) {
    good_ = good_ && value;
    return value ? std::move(*value) : T();
  }

  std::string_view rest_;
  bool ended_ = false;
  bool good_ = true;
};

// Whether a path stays below the folder that it is relative to.
bool is_inside(const fs::path& path) {
  return !path.empty() && path.is_relative() &&
         std::all_of(path.begin(), path.end(), [](const fs::path& part) {
           return !part.empty() && part != "." && part != "..";
         });
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\')
      result += "\\\\";
    else if (c == '\n')
      result += "\\n";
    else if (c == '\t')
      result += "\\t";
    else
      result += c;
  }
  return result;
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      result += text[i];
      continue;
    }
    if (++i == text.size()) return {};
    if (text[i] != '\\' && text[i] != 'n' && text[i] != 't') return {};
    result += text[i] == 'n' ? '\n' : text[i] == 't' ? '\t' : '\\';
  }
  return result;
}

std::optional<std::string_view> escaped_key_of(std::string_view line) {
  if (line.size() <= kChecksum || line[kChecksum] != '\t') return {};
  const std::string_view rest = line.substr(kChecksum + 1);
  if (checksum(rest) != line.substr(0, kChecksum)) return {};
  return rest.substr(0, rest.find('\t'));
}

std::string to_line(const JournalEntry& entry) {
  std::string rest = escaped(entry.key);
  const auto add = [&](const std::string& field) { (rest += '\t') += field; };
  const auto add_stamp = [&](const FileStamp& stamp) {
    add(std::to_string(stamp.bytes));
    add(std::to_string(stamp.modified_ns));
  };
  add(std::string(to_string(entry.outcome)));
  add(std::to_string(entry.index));
  add_stamp(entry.input);
  add(to_hex(entry.content));
  add(to_hex(entry.graph));
  for (const JournalOutput& output : entry.outputs) {
    add(escaped(output.sink));
    add(to_hex(output.recipe));
    add(escaped(output.path));
    add_stamp(output.stamp);
    add(to_hex(output.content));
  }
  return checksum(rest) + '\t' + rest + '\n';
}

std::optional<JournalEntry> parse_line(std::string_view line) {
  if (!escaped_key_of(line)) return {};
  Fields fields(line.substr(kChecksum + 1));
  JournalEntry entry;
  entry.key = fields.name();
  entry.outcome = fields.outcome();
  entry.index = fields.number<std::uint64_t>();
  entry.input = fields.stamp();
  entry.content = fields.print();
  entry.graph = fields.print();
  while (fields.good() && !fields.at_end()) {
    JournalOutput& output = entry.outputs.emplace_back();
    output.sink = fields.name();
    output.recipe = fields.print();
    output.path = fields.name();
    output.stamp = fields.stamp();
    output.content = fields.print();
    if (!is_inside(output.path)) return {};
  }
  if (!fields.good()) return {};
  return entry;
}

}  // namespace imagemill
