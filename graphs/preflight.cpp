#include "graphs/preflight.h"

#include <algorithm>
#include <array>

#include "engine/guarded.h"
#include "graphs/quarantine.h"

namespace imagemill {
namespace {

// Whether items may differ in a field, one of ItemTemplate::fields(). Parts of one item differ in
// others, and formats are few.
bool tells_items_apart(const std::string& field) {
  constexpr std::array<std::string_view, 6> kCommon = {"ext",   "format", "number",
                                                       "level", "column", "row"};
  return std::find(kCommon.begin(), kCommon.end(), field) == kCommon.end();
}

class Preflight {
 public:
  Preflight(const LoadedGraph& loaded, const Environment& environment)
      : loaded_(loaded), environment_(environment) {}

  Findings look(const std::string& quarantine) {
    const bool has_input = !environment_.input.empty() && check_input(environment_).has_value();
    for (const GraphNode& node : loaded_.graph.nodes()) {
      const bool opens =
          node.type->role == Role::source ? has_input : node.type->role != Role::sink;
      if (opens) look_at(node);
      look_at_order(node, has_input ? found_.faults : found_.doubts);
      if (node.type->role == Role::sink) look_at_paths(node);
    }
    look_at_folders(quarantine);
    return std::move(found_);
  }

 private:
  const NodeSpec& spec_of(const GraphNode& node) const {
    return *std::find_if(loaded_.spec.nodes.begin(), loaded_.spec.nodes.end(),
                         [&](const NodeSpec& spec) { return spec.config.name == node.name; });
  }

  static Location place_of(const NodeSpec& spec, std::string_view param) {
    const auto key = spec.keys.find(std::string(param));
    return key == spec.keys.end() ? spec.location : key->second;
  }

  Location place_of_setting(const std::string& key) const {
    const auto place = loaded_.spec.run_keys.find(key);
    if (place != loaded_.spec.run_keys.end()) return place->second;
    return {loaded_.spec.nodes.front().location.source, 0, 0};
  }

  void look_at(const GraphNode& node) {
    const auto opened = guarded([&] { return node.node->open(environment_); });
    if (opened) return;
    const Error& error = opened.error();
    found_.faults.push_back({place_of(spec_of(node), error.param), error.message});
  }

  void look_at_order(const GraphNode& node, Diagnostics& findings) {
    const auto checked = loaded_.graph.check_order(node);
    if (checked) return;
    const NodeSpec& spec = spec_of(node);
    const auto& params = spec.config.params;
    const auto user = std::find_if(params.begin(), params.end(), [](const auto& param) {
      return has_field(param.second, "index");
    });
    findings.push_back(
        {place_of(spec, user == params.end() ? "" : user->first), checked.error().message});
  }

  void look_at_paths(const GraphNode& node) {
    const auto fields = node.node->fields();
    if (std::any_of(fields.begin(), fields.end(), tells_items_apart)) return;
    found_.doubts.push_back({place_of(spec_of(node), "path"),
                             "no field tells the paths of two items apart, so that only the first "
                             "is written: use {stem}, {name} or {index}"});
  }

  void look_at_folders(const std::string& quarantine) {
    if (environment_.output.empty()) return;
    if (const auto checked = check_layout(environment_); !checked) {
      found_.faults.push_back({place_of_setting("output"), checked.error().message});
    }
    if (quarantine.empty()) return;
    if (const auto checked = Quarantine::check(quarantine, environment_); !checked) {
      found_.faults.push_back({place_of_setting("quarantine"), checked.error().message});
    }
  }

  const LoadedGraph& loaded_;
  const Environment& environment_;
  Findings found_;
};

}  // namespace

Findings preflight(const LoadedGraph& loaded, const Environment& environment,
                   const std::string& quarantine) {
  Findings findings = Preflight(loaded, environment).look(quarantine);
  sort_by_place(findings.faults);
  sort_by_place(findings.doubts);
  return findings;
}

}  // namespace imagemill
