// route: sends each item to the first output whose condition it meets.
#include <algorithm>

#include "engine/node/registry.h"
#include "nodes/parameters.h"

namespace imagemill {
namespace {

struct Route {
  std::vector<std::pair<std::string, Condition>> outputs_of;

  static void describe(NodeSchema<Route>& s) {
    s.summary(
        "Sends an item to the first output whose condition it meets; an item that meets none "
        "is skipped. The next nodes take an output by name, as in 'in: route.large'.");
    s.entries("outputs", &Route::outputs_of,
              "The outputs, in this order: name and condition. 'always' takes the remaining "
              "items. " +
                  condition_grammar());
    s.require([](const Route& r) { return !r.outputs_of.empty(); },
              "give its outputs, as in 'outputs: {large: megapixels >= 8, small: always}'");
    s.require(
        [](const Route& r) {
          return std::all_of(r.outputs_of.begin(), r.outputs_of.end(), [](const auto& output) {
            return !output.first.empty() && output.first.find('.') == std::string::npos;
          });
        },
        "an output's name is a word without dots");
    s.require(
        [](const Route& r) {
          return std::all_of(r.outputs_of.begin(), r.outputs_of.end(),
                             [](const auto& output) { return names_formats(output.second); });
        },
        formats_in_conditions());
    s.example(
        "by_size: {type: route, in: decode, outputs: {large: megapixels >= 8, small: always}}");
  }

  std::vector<std::string> outputs() const {
    std::vector<std::string> names;
    for (const auto& output : outputs_of) names.push_back(output.first);
    return names;
  }

  std::string reason() const { return "no output takes them"; }

  std::optional<std::size_t> choose(const ItemInfo& item) const {
    for (std::size_t i = 0; i < outputs_of.size(); ++i) {
      if (outputs_of[i].second.holds(item)) return i;
    }
    return {};
  }
};

IMAGEMILL_REGISTER_NODE("route", Route);

}  // namespace
}  // namespace imagemill
