// Conditions on an item: "megapixels >= 8 and format = jpeg".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/value.h"
#include "engine/node/item.h"

namespace imagemill {

// Comparisons of an item's input, joined by `and` and `or` (`and` binds tighter); or `always`.
//
//   width, height   pixels, upright; compared with a number or with each other
//   megapixels      10⁶ pixels
//   file_size       with a unit: 3MB, 512KiB
//   format          a name that the nodes give it, as in jpeg
//   alpha           true, false
//   path            below the input folder; a glob: * any text without a slash, ** any text, ? one
//                   character
//
// The first four compare by = != < <= > >=, the others by = and !=. A value with blanks stands in
// single or double quotes. The file's header decides a condition, before any pixel is read.
class Condition {
 public:
  // nullopt if `text` is no condition.
  static std::optional<Condition> parse(std::string_view text);

  bool holds(const ItemInfo& item) const;
  const std::string& text() const { return text_; }
  // Formats that the condition names. Some may be unknown to the program: this class cannot tell.
  std::vector<std::string> formats() const;

 private:
  enum class Field { width, height, megapixels, file_size, format, alpha, path };
  enum class Comparison { equal, unequal, less, at_most, more, at_least };
  struct Term {
    Field field;
    Comparison comparison;
    double number = 0;
    std::string word;
    std::optional<Field> other;  // right-hand side, instead of `number`
  };
  static std::optional<Term> parse_term(std::string_view field, std::string_view comparison,
                                        std::string_view value);
  static double number_of(Field field, const ItemInfo& item);
  static bool holds(const Term& term, const ItemInfo& item);

  std::string text_;
  std::vector<std::vector<Term>> any_of_;  // each inner list: all of; empty: always
};

template <>
struct TextValue<Condition> {
  static constexpr std::string_view type =
      "condition, as in 'width >= 1000 and format = jpeg', on width, height, megapixels, "
      "file_size, format, alpha or path";
  // The whole grammar in words, for the documentation. `formats`: "jpeg, png".
  static std::string grammar(const std::string& formats) {
    return "Comparisons joined by 'and' and 'or' ('and' binds tighter), or 'always'. width, height "
           "(in pixels, upright; also with each other: 'height > width'), megapixels and file_size "
           "(3MB, 512KiB) by = != < <= > >=; format (" +
           formats +
           "), alpha (true, false) and path (below the input folder; * is any text without a "
           "slash, "
           "** any text, ? one character; letters of the extension match in either case) by = and "
           "!=. A value with blanks stands in quotes.";
  }
  static std::optional<Condition> parse(std::string_view text) { return Condition::parse(text); }
  static std::string format(const Condition& value) { return value.text(); }
};

}  // namespace imagemill
