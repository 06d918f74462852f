// Losses: what an output lacks although no node failed, such as a damaged colour profile or letters
// that a font does not have.
//
// A node declares the kinds of loss that it can cause, and adds each loss to `Call::losses`:
//
//   constexpr LossKind kGlyphs{"missing_glyphs", "the font lacks letters of the text"};
//   call.losses.add(kGlyphs, "the font has no U+4E2D");
//
// The item keeps its losses until its end. The run's report counts them by kind.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace imagemill {

// A kind of loss. Both texts have static storage.
struct LossKind {
  std::string_view code;     // short, stable, snake_case: "missing_glyphs"
  std::string_view meaning;  // ends "12 images: …": "the font lacks letters of the text"
};

// One loss. `message` is one sentence for a person and repeats neither node nor item.
struct Loss {
  LossKind kind;
  std::string message;
  std::string node = {};  // filled in by the executor
};

// "decode: cats/1.jpg: profile_dropped: its table ends beyond the profile"
std::string to_string(const Loss& loss, std::string_view item);

// The losses of one call. Thread-safe.
class Losses {
 public:
  virtual ~Losses() = default;
  // Adds a loss. If one node adds several of one kind, the item keeps the message that sorts first.
  virtual void add(const LossKind& kind, std::string message) const = 0;

  // Drops every loss.
  static const Losses& ignored();
};

// Number of items with a loss of one kind.
struct LossCount {
  std::string meaning;  // LossKind::meaning
  std::uint64_t items = 0;
  std::string example;  // to_string() of the first item's loss, in the source's order
};
using LossCounts = std::map<std::string, LossCount, std::less<>>;  // keyed by LossKind::code

}  // namespace imagemill
