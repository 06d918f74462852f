#include "graphs/session/preflight.h"

#include <algorithm>
#include <array>

#include "engine/base/exception_guard.h"
#include "graphs/records/quarantine.h"

namespace imagemill {
namespace {

// True if a field, one of ItemTemplate::fields(), can differ between items. The fields listed here
// tell apart only the parts of one item, or formats, which are few.
bool tells_items_apart(const std::string& field) {
  constexpr std::array<std::string_view, 6> kCommon = {"ext",   "format", "number",
                                                       "level", "column", "row"};
  return std::find(kCommon.begin(), kCommon.end(), field) == kCommon.end();
}

// Spec of a node; null if the graph has no such node.
const NodeSpec* spec_of(const GraphSpec& graph, const std::string& node) {
  const auto spec = std::find_if(graph.nodes.begin(), graph.nodes.end(),
                                 [&](const NodeSpec& of) { return of.config.name == node; });
  return spec == graph.nodes.end() ? nullptr : &*spec;
}

Location place_of(const NodeSpec& spec, std::string_view param) {
  const auto key = spec.keys.find(std::string(param));
  return key == spec.keys.end() ? spec.location : key->second;
}

class Preflight {
 public:
  Preflight(const LoadedGraph& loaded, const Environment& environment)
      : loaded_(loaded), environment_(environment), left_(environment) {}

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
    close_all();
    return std::move(found_);
  }

 private:
  Location place_of_setting(const std::string& key) const {
    const auto place = loaded_.spec.run_keys.find(key);
    if (place != loaded_.spec.run_keys.end()) return place->second;
    return {loaded_.spec.nodes.front().location.source, 0, 0};
  }

  // Opens a node as Graph::open() does.
  void look_at(const GraphNode& node) {
    auto opened = guarded([&] { return node.node->open(left_); });
    if (!opened) return add(found_.faults, node, std::move(opened.error()));
    opened_.push_back(&node);
    if (node.type->role != Role::constant) return;
    left_.memory_bytes -= std::min(left_.memory_bytes, node.node->constant().facts.bytes);
  }

  void close_all() {
    for (const GraphNode* node : opened_) {
      auto closed = guarded([&] { return node->node->close(); });
      if (!closed) add(found_.faults, *node, std::move(closed.error()));
    }
  }

  void look_at_order(const GraphNode& node, Diagnostics& findings) {
    auto checked = loaded_.graph.check_order(node);
    if (!checked) add(findings, node, std::move(checked.error()));
  }

  void add(Diagnostics& findings, const GraphNode& node, Error error) const {
    error.node = node.name;
    findings.push_back({*place_of(loaded_.spec, error), error.message});
  }

  void look_at_paths(const GraphNode& node) {
    const auto fields = node.node->fields();
    if (std::any_of(fields.begin(), fields.end(), tells_items_apart)) return;
    found_.doubts.push_back({place_of(*spec_of(loaded_.spec, node.name), "path"),
                             "no field tells the paths of two items apart, so that only the first "
                             "is written: use {stem}, {name} or {index}"});
  }

  void look_at_folders(const std::string& quarantine) {
    const auto laid = environment_.output.empty() ? Result<void>() : check_layout(environment_);
    if (!laid) found_.faults.push_back({place_of_setting("output"), laid.error().message});
    if (quarantine.empty()) return;
    if (const auto checked = Quarantine::check(quarantine, environment_); !checked) {
      found_.faults.push_back({place_of_setting("quarantine"), checked.error().message});
    }
  }

  const LoadedGraph& loaded_;
  const Environment& environment_;
  Environment left_;  // its memory is what the constants leave
  std::vector<const GraphNode*> opened_;
  Findings found_;
};

}  // namespace

std::optional<Location> place_of(const GraphSpec& graph, const Error& error) {
  const NodeSpec* spec = error.item.empty() ? spec_of(graph, error.node) : nullptr;
  if (spec == nullptr) return {};
  if (error.code != "no_order") return place_of(*spec, error.param);
  const auto& params = spec->config.params;
  const auto user = std::find_if(params.begin(), params.end(), [](const auto& param) {
    return has_field(param.second, "index");
  });
  return place_of(*spec, user == params.end() ? "" : user->first);
}

Findings preflight(const LoadedGraph& loaded, const Environment& environment,
                   const std::string& quarantine) {
  Findings findings = Preflight(loaded, environment).look(quarantine);
  sort_by_place(findings.faults);
  sort_by_place(findings.doubts);
  return findings;
}

}  // namespace imagemill
