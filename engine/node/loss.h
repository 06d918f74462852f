// What an output lacks of its input although no node failed: a colour profile that is damaged, say,
// or letters that a font does not have.
//
// A node declares the kinds of loss that it can cause, and tells `Call::losses` of each:
//
//   constexpr LossKind kGlyphs{"missing_glyphs", "the font lacks letters of the text"};
//   call.losses.add(kGlyphs, "the font has no U+4E2D");
//
// The item keeps them to its end; the report of the run counts them by kind.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace imagemill {

// Both texts have static storage.
struct LossKind {
  std::string_view code;     // short, stable, snake_case: "missing_glyphs"
  std::string_view meaning;  // the end of "12 images: …": "the font lacks letters of the text"
};

// `message` is one sentence for a person and repeats neither node nor item.
struct Loss {
  LossKind kind;
  std::string message;
  std::string node = {};  // filled in by the executor
};

// "decode: cats/1.jpg: profile_dropped: its table ends beyond the profile"
std::string to_string(const Loss& loss, std::string_view item);

// Where a node says what its output lacks. Thread-safe.
class Losses {
 public:
  virtual ~Losses() = default;
  // Of several losses of one kind by one node, an item keeps the one whose message sorts first.
  virtual void add(const LossKind& kind, std::string message) const = 0;

  // Forgets them.
  static const Losses& ignored();
};

// How many items have a loss of one kind.
struct LossCount {
  std::string meaning;  // of the kind
  std::uint64_t items = 0;
  std::string example;  // to_string() of the first item's, in the source's order
};
using LossCounts = std::map<std::string, LossCount, std::less<>>;  // by the kind's code

}  // namespace imagemill
