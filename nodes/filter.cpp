// filter: passes on only items that meet a condition.
#include "engine/node/registry.h"
#include "nodes/parameters.h"

namespace imagemill {
namespace {

struct Filter {
  Condition keep = *Condition::parse("always");

  static void describe(NodeSchema<Filter>& s) {
    s.summary("Passes on the items that meet a condition and skips the others.");
    s.param("keep", &Filter::keep, "Which items go on. " + condition_grammar());
    s.require([](const Filter& f) { return names_formats(f.keep); }, formats_in_conditions());
    s.example("big: {type: filter, in: read, keep: \"width >= 1000 and height >= 1000\"}");
  }

  std::vector<std::string> outputs() const { return {""}; }

  std::string reason() const { return "not: " + keep.text(); }

  std::optional<std::size_t> choose(const ItemInfo& item) const {
    return keep.holds(item) ? std::optional<std::size_t>(0) : std::nullopt;
  }
};

IMAGEMILL_REGISTER_NODE("filter", Filter);

}  // namespace
}  // namespace imagemill
