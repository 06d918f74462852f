#include "engine/node/condition.h"

#include <algorithm>
#include <array>

#include "engine/base/glob.h"

namespace imagemill {
namespace {

// Words, quoted texts without their quotes, and runs of comparison signs. nullopt if a quote is not
// closed.
std::optional<std::vector<std::string>> tokens(std::string_view text) {
  static constexpr std::string_view kBlank = " \t";
  static constexpr std::string_view kSigns = "=!<>";
  std::vector<std::string> found;
  std::size_t i = 0;
  while ((i = text.find_first_not_of(kBlank, i)) != std::string_view::npos) {
    std::size_t end = 0;
    if (text[i] == '"' || text[i] == '\'') {
      end = text.find(text[i], i + 1);
      if (end == std::string_view::npos) return {};
      found.emplace_back(text.substr(i + 1, end - i - 1));
      i = end + 1;
      continue;
    }
    if (kSigns.find(text[i]) != std::string_view::npos) {
      end = text.find_first_not_of(kSigns, i);
    } else {
      end = text.find_first_of(" \t=!<>", i);
    }
    end = std::min(end, text.size());
    found.emplace_back(text.substr(i, end - i));
    i = end;
  }
  return found;
}

template <class Value, std::size_t count>
std::optional<Value> look_up(const std::array<std::pair<std::string_view, Value>, count>& table,
                             std::string_view name) {
  for (const auto& [known, value] : table) {
    if (known == name) return value;
  }
  return {};
}

}  // namespace

std::optional<Condition> Condition::parse(std::string_view text) {
  const auto words = tokens(text);
  if (!words || words->empty()) return {};
  Condition condition;
  condition.text_ = text;
  if (words->size() == 1 && words->front() == "always") return condition;
  condition.any_of_.emplace_back();
  for (std::size_t i = 0; i + 2 < words->size(); i += 4) {
    const auto term = parse_term((*words)[i], (*words)[i + 1], (*words)[i + 2]);
    if (!term) return {};
    condition.any_of_.back().push_back(*term);
    if (i + 3 == words->size()) return condition;
    if ((*words)[i + 3] == "or") {
      condition.any_of_.emplace_back();
    } else if ((*words)[i + 3] != "and") {
      return {};
    }
  }
  return {};
}

std::optional<Condition::Term> Condition::parse_term(std::string_view field,
                                                     std::string_view comparison,
                                                     std::string_view value) {
  static constexpr std::array<std::pair<std::string_view, Field>, 7> kFields = {
      {{"width", Field::width},
       {"height", Field::height},
       {"megapixels", Field::megapixels},
       {"file_size", Field::file_size},
       {"format", Field::format},
       {"alpha", Field::alpha},
       {"path", Field::path}}};
  static constexpr std::array<std::pair<std::string_view, Comparison>, 7> kComparisons = {
      {{"=", Comparison::equal},
       {"==", Comparison::equal},
       {"!=", Comparison::unequal},
       {"<", Comparison::less},
       {"<=", Comparison::at_most},
       {">", Comparison::more},
       {">=", Comparison::at_least}}};
  const auto what = look_up(kFields, field);
  const auto how = look_up(kComparisons, comparison);
  if (!what || !how) return {};
  Term term{
      .field = *what, .comparison = *how, .number = 0, .word = std::string(value), .other = {}};
  if (*what >= Field::format) {
    const bool truth = value == "true" || value == "false";
    if (*how > Comparison::unequal || (*what == Field::alpha && !truth)) return {};
    return term;
  }
  if (*what == Field::file_size) {
    const auto size = TextValue<ByteSize>::parse(value);
    if (!size) return {};
    term.number = static_cast<double>(size->bytes);
    return term;
  }
  const auto is_side = [](Field side) { return side == Field::width || side == Field::height; };
  term.other = look_up(kFields, value);
  if (term.other)
    return is_side(*what) && is_side(*term.other) ? std::optional(term) : std::nullopt;
  const auto number = TextValue<double>::parse(value);
  if (!number) return {};
  term.number = *number;
  return term;
}

std::vector<std::string> Condition::formats() const {
  std::vector<std::string> words;
  for (const auto& terms : any_of_) {
    for (const Term& term : terms) {
      if (term.field == Field::format) words.push_back(term.word);
    }
  }
  return words;
}

bool Condition::holds(const ItemInfo& item) const {
  const auto all = [&](const std::vector<Term>& terms) {
    return std::all_of(terms.begin(), terms.end(),
                       [&](const Term& term) { return holds(term, item); });
  };
  return any_of_.empty() || std::any_of(any_of_.begin(), any_of_.end(), all);
}

double Condition::number_of(Field field, const ItemInfo& item) {
  const Facts& facts = item.facts;
  if (field == Field::width) return static_cast<double>(facts.width);
  if (field == Field::height) return static_cast<double>(facts.height);
  if (field == Field::file_size) return static_cast<double>(facts.file_bytes);
  return static_cast<double>(facts.width * facts.height) / 1e6;  // × 1e-6 is not exact
}

bool Condition::holds(const Term& term, const ItemInfo& item) {
  const Facts& facts = item.facts;
  if (term.field >= Field::format) {
    const bool same = term.field == Field::format ? facts.format == term.word
                      : term.field == Field::alpha
                          ? (facts.channels == 2 || facts.channels == 4) == (term.word == "true")
                          : glob_matches(term.word, item.key);
    return same == (term.comparison == Comparison::equal);
  }
  const double value = number_of(term.field, item);
  const double other = term.other ? number_of(*term.other, item) : term.number;
  switch (term.comparison) {
    case Comparison::equal:
      return value == other;
    case Comparison::unequal:
      return value != other;
    case Comparison::less:
      return value < other;
    case Comparison::at_most:
      return value <= other;
    case Comparison::more:
      return value > other;
    case Comparison::at_least:
      return value >= other;
  }
  return false;
}

}  // namespace imagemill
