// Declaration of a node type, made once. Validation, help and the reference derive from it.
#pragma once

#include <algorithm>
#include <concepts>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/base/text.h"
#include "engine/base/value.h"

namespace imagemill {

// What a node keeps busy.
enum class Resource {
  cpu,  // CPU work: runs on the workers
  io,   // waits for a device: runs on `concurrency` threads of the node's own
};

// Kinds of plain YAML values. A node gets the text of any kind; an editor tells them apart.
enum class Scalar { text, boolean, whole, number };

// One parameter.
struct ParamSpec {
  std::string name;
  std::string type;                  // "whole number", "one of", …
  std::string doc;                   // a sentence
  std::string default_text;          // default value, as a user would write it
  std::string bounds;                // "1 to 100"; empty if any value of the type will do
  std::vector<std::string> choices;  // types whose values have names: these
  std::vector<Scalar> scalars;       // all others: the valid kinds
  std::string pattern;               // regular expression for texts; empty: any text
  std::optional<double> low, high;   // bounds of a number, inclusive
  // True if the parameter is a map. "outputs.large" names entry "large" of parameter "outputs".
  bool keyed = false;
  // Sets the parameter, or entry `key` of a map, from text. `node` must be of the type that
  // declared the parameter. Returns what is wrong with the text, or nullopt.
  std::function<std::optional<std::string>(void* node, std::string_view key, std::string_view text)>
      set_entry;
  // The value in a node of that type, as text that set() accepts; for a map, all entries.
  std::function<std::string(const void* node)> text_of;

  // Sets the parameter from text. Returns what is wrong with the text, or nullopt.
  std::optional<std::string> set(void* node, std::string_view text) const {
    return set_entry(node, "", text);
  }
  // As set(). `full_name` is the name of the parameter, or of a map's entry: "outputs.large".
  std::optional<std::string> set_named(void* node, std::string_view full_name,
                                       std::string_view text) const;
};

// The type-erased part of a declaration.
struct SchemaInfo {
  std::string summary;
  Resource resource = Resource::cpu;
  int default_concurrency = 0;  // 0: the number of workers
  std::vector<ParamSpec> params;
  std::string example;  // a YAML line

  // The parameter `name`, or the map with the entry `name`; null if there is none.
  const ParamSpec* find(std::string_view name) const;
  std::vector<std::string> param_names() const;
};

// Inclusive bounds of a number.
template <class T>
struct Between {
  T low;
  T high;
};
template <class T>
Between<T> between(T low, T high) {
  return {low, high};
}
template <class T>
requires std::is_arithmetic_v<T> Between<T> at_least(T low) {
  return {low, std::numeric_limits<T>::max()};
}

// Bounds of a length: 0 to `px` pixels, or 0 to `percent` percent.
struct UpTo {
  double px;
  double percent;
};

// Collects the declaration of node type N, in its static describe(NodeSchema<N>&).
template <class N>
class NodeSchema {
 public:
  void summary(std::string text) { info_.summary = std::move(text); }
  void example(std::string yaml) { info_.example = std::move(yaml); }
  void resource(Resource resource, int default_concurrency = 0) {
    info_.resource = resource;
    info_.default_concurrency = default_concurrency;
  }

  // Adds a parameter: its name in YAML, the member that holds it, one sentence of documentation.
  // The default is the member's initialiser.
  template <class T>
  void param(std::string name, T N::*member, std::string doc) {
    add(std::move(name), member, std::move(doc), "", [](const T&) { return true; });
  }
  // Adds a parameter whose value must lie within `bounds`.
  template <class T>
  void param(std::string name, T N::*member, std::string doc, Between<T> bounds) {
    const bool open = bounds.high == std::numeric_limits<T>::max();
    const std::string text =
        open ? "at least " + TextValue<T>::format(bounds.low)
             : TextValue<T>::format(bounds.low) + " to " + TextValue<T>::format(bounds.high);
    ParamSpec& spec = add(std::move(name), member, std::move(doc), text,
                          [bounds](const T& v) { return bounds.low <= v && v <= bounds.high; });
    if constexpr (std::is_arithmetic_v<T>) {
      spec.low = static_cast<double>(bounds.low);
      if (!open) spec.high = static_cast<double>(bounds.high);
    }
  }
  // Adds a length, which must lie within 0 and `most`.
  void param(std::string name, Length N::*member, std::string doc, UpTo most) {
    ParamSpec& spec = add(std::move(name), member, std::move(doc),
                          "0 to " + TextValue<double>::format(most.px) + "px or " +
                              TextValue<double>::format(most.percent) + "%",
                          [most](const Length& v) {
                            return v.value >= 0 &&
                                   v.value <= (v.unit == Length::Unit::px ? most.px : most.percent);
                          });
    spec.pattern = TextValue<Length>::pattern_from_0;
    spec.low = 0;
    spec.high = most.px;
  }
  // Adds a parameter that must satisfy `valid`. `bounds` says the same in words.
  template <class T>
  void param(std::string name, T N::*member, std::string doc, std::string bounds,
             std::type_identity_t<std::function<bool(const T&)>> valid) {
    add(std::move(name), member, std::move(doc), std::move(bounds), std::move(valid));
  }

  // Adds a map parameter. Its keys are the user's own words, in the user's order.
  template <class T>
  void entries(std::string name, std::vector<std::pair<std::string, T>> N::*member,
               std::string doc) {
    ParamSpec spec;
    spec.name = std::move(name);
    spec.type = "map of names to: " + std::string(TextValue<T>::type);
    spec.doc = std::move(doc);
    spec.keyed = true;
    describe_values<T>(spec);
    spec.set_entry = [member](void* node, std::string_view key,
                              std::string_view text) -> std::optional<std::string> {
      auto value = TextValue<T>::parse(text);
      if (!value) return "'" + std::string(text) + "' is not a " + std::string(TextValue<T>::type);
      auto& map = static_cast<N*>(node)->*member;
      const auto entry = std::find_if(map.begin(), map.end(),
                                      [&](const auto& known) { return known.first == key; });
      if (entry == map.end()) {
        map.emplace_back(key, std::move(*value));
      } else {
        entry->second = std::move(*value);
      }
      return {};
    };
    spec.text_of = [member](const void* node) {
      std::string text;
      for (const auto& [key, value] : static_cast<const N*>(node)->*member) {
        text += quote(key) + "=" + quote(TextValue<T>::format(value)) + " ";
      }
      return text;
    };
    info_.params.push_back(std::move(spec));
  }

  // Adds a condition between parameters, and the message for a node that breaks it.
  void require(std::function<bool(const N&)> holds, std::string message) {
    requirements_.push_back({std::move(holds), std::move(message)});
  }

  const SchemaInfo& info() const { return info_; }
  std::optional<std::string> broken_requirement(const N& node) const {
    for (const auto& [holds, message] : requirements_) {
      if (!holds(node)) return message;
    }
    return {};
  }

 private:
  template <class T>
  ParamSpec& add(std::string name, T N::*member, std::string doc, std::string bounds,
                 std::type_identity_t<std::function<bool(const T&)>> valid) {
    ParamSpec spec;
    spec.name = std::move(name);
    spec.type = TextValue<T>::type;
    spec.doc = std::move(doc);
    spec.default_text = TextValue<T>::format(N{}.*member);
    spec.bounds = std::move(bounds);
    describe_values<T>(spec);
    const std::string expected = expectation(spec);
    spec.set_entry = [member, valid = std::move(valid), expected, choices = spec.choices](
                         void* node, std::string_view /*key*/,
                         std::string_view text) -> std::optional<std::string> {
      auto value = TextValue<T>::parse(text);
      if (!value || !valid(*value)) {
        return quote(text) + " is not " + expected + did_you_mean(text, choices) +
               fault_of<T>(text);
      }
      static_cast<N*>(node)->*member = std::move(*value);
      return {};
    };
    spec.text_of = [member](const void* node) {
      return TextValue<T>::format(static_cast<const N*>(node)->*member);
    };
    return info_.params.emplace_back(std::move(spec));
  }

  template <class T>
  static void describe_values(ParamSpec& spec) {
    if constexpr (requires { TextValue<T>::choices(); }) {
      spec.choices = TextValue<T>::choices();
    } else if constexpr (std::same_as<T, bool>) {
      spec.scalars = {Scalar::boolean};
    } else if constexpr (std::is_arithmetic_v<T>) {
      spec.scalars = {std::integral<T> ? Scalar::whole : Scalar::number};
    } else {
      spec.scalars = {Scalar::text};
      if (TextValue<T>::parse("1")) {
        spec.scalars.push_back(TextValue<T>::parse("1.5") ? Scalar::number : Scalar::whole);
      }
      if (TextValue<T>::parse("true")) spec.scalars.push_back(Scalar::boolean);
    }
    if constexpr (requires { TextValue<T>::pattern; }) spec.pattern = TextValue<T>::pattern;
  }

  // ": REASON" if the type can say what is wrong with the text; else empty.
  template <class T>
  static std::string fault_of(std::string_view text) {
    if constexpr (requires { TextValue<T>::fault(text); }) {
      const std::string why = TextValue<T>::fault(text);
      return why.empty() ? "" : ": " + why;
    }
    return "";
  }

  static std::string expectation(const ParamSpec& spec) {
    std::string text = spec.choices.empty() ? spec.type : spec.type + ":";
    for (const auto& choice : spec.choices) text += " " + choice;
    if (!spec.choices.empty()) return text;
    if (!spec.bounds.empty()) text += " (" + spec.bounds + ")";
    return (text.starts_with("true") ? "" : "a ") + text;
  }

  SchemaInfo info_;
  std::vector<std::pair<std::function<bool(const N&)>, std::string>> requirements_;
};

}  // namespace imagemill
