#include "graphs/config/config_edit.h"

#include <algorithm>

namespace imagemill {
namespace {

// Replacement of the text from `from` to `to`.
struct Edit {
  std::size_t from = 0;
  std::size_t to = 0;
  std::string text;
};

class Editor {
 public:
  explicit Editor(const std::string& text) : text_(text) {
    line_begins_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') line_begins_.push_back(i + 1);
    }
  }

  void replace(const Location& value, const std::string& with) {
    const std::size_t from = offset(value);
    edits_.push_back({from, end_of_value(from), with});
  }

  // Removes `key`, whose value is at `value`, with the separator to its neighbours.
  void remove(const Location& value, const std::string& key) {
    const std::size_t begin = text_.rfind(key, offset(value));
    std::size_t from = begin;
    std::size_t to = end_of_value(offset(value));
    const std::size_t before = text_.find_last_not_of(" \t\n", begin - 1);
    const std::size_t after = text_.find_first_not_of(" \t\n", to);
    if (before != std::string::npos && text_[before] == ',') {
      from = before;
    } else if (before != std::string::npos && text_[before] == '{') {
      // The first of several keys in braces.
      if (after != std::string::npos && text_[after] == ',') {
        to = text_.find_first_not_of(" \t\n", after + 1);
      }
    } else {
      // The key has a line of its own, whose comment stays.
      const std::size_t end = std::min(text_.find('\n', to), text_.size());
      const std::size_t comment = text_.find('#', to);
      if (comment < end) {
        to = comment;
      } else {
        from = text_.rfind('\n', begin) + 1;
        to = std::min(end + 1, text_.size());
      }
    }
    edits_.push_back({from, to, ""});
  }

  // Adds `key` beside the key whose value is at `value`.
  void add_beside(const Location& value, const std::string& key, const std::string& text) {
    const std::size_t from = offset(value);
    const std::size_t end = end_of_value(from);
    const std::size_t after = text_.find_first_not_of(" \t\n", end);
    if (after != std::string::npos && (text_[after] == ',' || text_[after] == '}')) {
      edits_.push_back({end, end, ", " + key + ": " + text});
      return;
    }
    const std::size_t line = text_.rfind('\n', from) + 1;
    const std::string indent(text_, line, text_.find_first_not_of(' ', line) - line);
    const std::size_t next = std::min(text_.find('\n', end), text_.size());
    edits_.push_back({next, next, "\n" + indent + key + ": " + text});
  }

  void add_at_end(const std::string& text) { edits_.push_back({text_.size(), text_.size(), text}); }

  // Text with all edits; nullopt if a location lies outside the text: UTF-16, or a value behind an
  // alias.
  std::optional<std::string> done() {
    std::sort(edits_.begin(), edits_.end(),
              [](const Edit& a, const Edit& b) { return a.from > b.from; });
    std::string text = text_;
    for (const Edit& edit : edits_) {
      if (edit.from > edit.to || edit.to > text_.size()) return {};
      text.replace(edit.from, edit.to - edit.from, edit.text);
    }
    return text;
  }

 private:
  // Byte offset of a location, whose column counts bytes from 1.
  std::size_t offset(const Location& at) const {
    const auto line = static_cast<std::size_t>(at.line - 1);
    if (line >= line_begins_.size()) return text_.size();
    return std::min(line_begins_[line] + static_cast<std::size_t>(at.column - 1), text_.size());
  }

  std::size_t end_of_value(std::size_t from) const {
    if (text_[from] == '"' || text_[from] == '\'') return text_.find(text_[from], from + 1) + 1;
    const std::size_t end = std::min(text_.find_first_of(",}#\n", from), text_.size());
    return text_.find_last_not_of(" \t\r", end - 1) + 1;
  }

  const std::string& text_;
  std::vector<std::size_t> line_begins_;
  std::vector<Edit> edits_;
};

bool as_asked(const GraphSpec& before, const GraphSpec& after, const ConfigChanges& changes) {
  if (before.nodes.size() != after.nodes.size()) return false;
  for (std::size_t i = 0; i < before.nodes.size(); ++i) {
    const NodeConfig& a = before.nodes[i].config;
    const NodeConfig& b = after.nodes[i].config;
    const auto change = changes.concurrency.find(a.name);
    const int asked = change == changes.concurrency.end() ? a.concurrency : change->second;
    if (a.name != b.name || a.type != b.type || a.params != b.params || b.concurrency != asked) {
      return false;
    }
  }
  return after.run.memory == changes.memory.value_or(before.run.memory) &&
         after.run.input == before.run.input && after.run.output == before.run.output;
}

}  // namespace

Result<std::string> edited(const LoadedGraph& loaded, const ConfigChanges& changes,
                           const std::vector<std::string>& comment, const NodeRegistry& registry) {
  Editor editor(loaded.text);
  for (const NodeSpec& node : loaded.spec.nodes) {
    const auto change = changes.concurrency.find(node.config.name);
    if (change == changes.concurrency.end()) continue;
    const std::string value = std::to_string(change->second);
    const auto place = node.keys.find("concurrency");
    if (place == node.keys.end()) {
      if (change->second > 0) editor.add_beside(node.keys.at("type"), "concurrency", value);
    } else if (change->second > 0) {
      editor.replace(place->second, value);
    } else {
      editor.remove(place->second, "concurrency");
    }
  }
  if (changes.memory) {
    const std::string value = TextValue<ByteSize>::format(*changes.memory);
    const auto& keys = loaded.spec.run_keys;
    if (const auto place = keys.find("memory"); place != keys.end()) {
      editor.replace(place->second, value);
    } else if (!keys.empty()) {
      editor.add_beside(keys.begin()->second, "memory", value);
    } else {
      const bool ended = loaded.text.empty() || loaded.text.back() == '\n';
      editor.add_at_end((ended ? "run:\n  memory: " : "\nrun:\n  memory: ") + value + "\n");
    }
  }
  std::string text;
  for (const std::string& line : comment) text += "# " + line + "\n";
  const auto changed = editor.done();
  text += changed.value_or("");
  // The text lacks what the command line replaced, so both texts are parsed without it.
  const auto before = parse_graph(loaded.text, "the config", {}, registry);
  const auto after = parse_graph(text, "the tuned config", {}, registry);
  if (!changed || !before || !after || !as_asked(before->spec, after->spec, changes)) {
    return failure("not_editable", "the config is written in a way that can't be edited safely");
  }
  return text;
}

}  // namespace imagemill
