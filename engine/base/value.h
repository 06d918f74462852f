// Parameter values and their text form. Everything that a user writes for a parameter (in YAML,
// after --set) arrives as text. A type takes part by a specialisation of TextValue, an enum by one
// of EnumNames.
#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

namespace imagemill {

// Spellings of an enum's values, as in YAML. Specialise with `static constexpr
// std::array<std::pair<std::string_view, E>, N> values`.
template <class E>
struct EnumNames;

// Text form of a type. Specialise with:
//   static constexpr std::string_view type           the type's name in the reference
//   static std::optional<T> parse(std::string_view)  nullopt if the text is not a T
//   static std::string format(const T&)              parse(format(v)) == v
// and, unless every text is a T,
//   static constexpr std::string_view pattern        an ECMAScript regular expression that
//                                                    matches the texts, for editors
// and, if its values have names,
//   static std::vector<std::string> choices()        all names, in the reference's order
template <class T>
struct TextValue;

template <>
struct TextValue<std::string> {
  static constexpr std::string_view type = "text";
  static std::optional<std::string> parse(std::string_view text) { return std::string(text); }
  static std::string format(const std::string& value) { return value; }
};

template <>
struct TextValue<bool> {
  static constexpr std::string_view type = "true or false";
  static std::optional<bool> parse(std::string_view text) {
    if (text == "true") return true;
    if (text == "false") return false;
    return {};
  }
  static std::string format(bool value) { return value ? "true" : "false"; }
};

template <class T>
requires std::integral<T> || std::floating_point<T>
struct TextValue<T> {
  static constexpr std::string_view type = std::integral<T> ? "whole number" : "number";
  static std::optional<T> parse(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return {};
    if constexpr (std::floating_point<T>) {
      if (!std::isfinite(value)) return {};
    }
    return value;
  }
  static std::string format(T value) {
    std::array<char, 64> buffer;
    const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return std::string(buffer.data(), result.ptr);
  }
};

template <class E>
requires std::is_enum_v<E>
struct TextValue<E> {
  static constexpr std::string_view type = "one of";
  static std::vector<std::string> choices() {
    std::vector<std::string> names;
    for (const auto& entry : EnumNames<E>::values) names.emplace_back(entry.first);
    return names;
  }
  static std::optional<E> parse(std::string_view text) {
    for (const auto& [name, value] : EnumNames<E>::values) {
      if (name == text) return value;
    }
    return {};
  }
  static std::string format(E value) {
    for (const auto& [name, candidate] : EnumNames<E>::values) {
      if (candidate == value) return std::string(name);
    }
    return {};
  }
};

// A length on a picture: in pixels ("14px", "14") or as a share of the picture ("5%").
struct Length {
  double value = 0;
  enum class Unit { px, percent } unit = Unit::px;

  // The length in pixels, on a side of `whole` pixels.
  double on(double whole) const { return unit == Unit::px ? value : value / 100 * whole; }
  friend bool operator==(const Length&, const Length&) = default;
};

// A length of time in nanoseconds, written "90s" or "2min"; 0 is written "none".
struct Duration {
  std::int64_t ns = 0;
  friend bool operator==(const Duration&, const Duration&) = default;
};

template <>
struct TextValue<Duration> {
  static constexpr std::string_view type = "length of time (ms, s, min or h), or none";
  static constexpr std::string_view pattern =
      R"(^(none|([0-9]+\.?[0-9]*|\.[0-9]+) ?(ms|s|min|h))$)";
  static std::optional<Duration> parse(std::string_view text);
  static std::string format(const Duration& duration);  // in the largest unit that divides it
};

template <>
struct TextValue<Length> {
  static constexpr std::string_view type = "length (px or %)";
  static constexpr std::string_view pattern =
      R"(^-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?(px|%)?$)";
  static constexpr std::string_view pattern_from_0 =
      R"(^([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?(px|%)?$)";
  static std::optional<Length> parse(std::string_view text) {
    Length length;
    if (text.ends_with("%")) {
      length.unit = Length::Unit::percent;
      text.remove_suffix(1);
    } else if (text.ends_with("px")) {
      text.remove_suffix(2);
    }
    const auto number = TextValue<double>::parse(text);
    if (!number) return {};
    length.value = *number;
    return length;
  }
  static std::string format(const Length& length) {
    return TextValue<double>::format(length.value) + (length.unit == Length::Unit::px ? "px" : "%");
  }
};

// A number of bytes, written with a unit: "512MiB".
struct ByteSize {
  std::uint64_t bytes = 0;
  friend auto operator<=>(const ByteSize&, const ByteSize&) = default;
};

// Units: B, KB, MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB (powers of 1024). A number without
// a unit means bytes. "512MiB" is 536870912.
template <>
struct TextValue<ByteSize> {
  static constexpr std::string_view type = "size in bytes";
  static constexpr std::string_view pattern =
      R"(^([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)? *([KMGT]i?B|B)?$)";
  static std::optional<ByteSize> parse(std::string_view text);
  static std::string fault(std::string_view text);  // why parse() returns nullopt
  static std::string format(const ByteSize& size);  // in the largest binary unit that divides it
};

}  // namespace imagemill
