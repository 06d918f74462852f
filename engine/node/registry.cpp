#include "engine/node/registry.h"

#include <mutex>

namespace imagemill {

struct NodeRegistry::Entry {
  std::function<NodeType()> describe;
  std::once_flag described;
  NodeType type = {};
};

std::optional<std::string> ParamSpec::set_named(void* node, std::string_view full_name,
                                                std::string_view text) const {
  if (!keyed) return set_entry(node, "", text);
  if (full_name == name) return "it is a map, as in '" + name + ": {NAME: VALUE}'";
  return set_entry(node, full_name.substr(name.size() + 1), text);
}

const ParamSpec* SchemaInfo::find(std::string_view name) const {
  for (const ParamSpec& param : params) {
    if (param.name == name) return &param;
    if (param.keyed && name.starts_with(param.name + ".")) return &param;
  }
  return nullptr;
}

std::vector<std::string> SchemaInfo::param_names() const {
  std::vector<std::string> names;
  for (const ParamSpec& param : params) names.push_back(param.name);
  return names;
}

NodeRegistry& NodeRegistry::global() {
  static NodeRegistry registry;
  return registry;
}

void NodeRegistry::add(NodeType type) {
  const std::string name = type.name;
  add(name, [type = std::move(type)] { return type; });
}

void NodeRegistry::add(const std::string& name, std::function<NodeType()> describe) {
  auto entry = std::make_shared<Entry>();
  entry->describe = std::move(describe);
  types_.insert_or_assign(name, std::move(entry));
}

const NodeType* NodeRegistry::find(std::string_view name) const {
  const auto it = types_.find(name);
  if (it == types_.end()) return nullptr;
  Entry& entry = *it->second;
  std::call_once(entry.described, [&] { entry.type = entry.describe(); });
  return &entry.type;
}

std::vector<std::string> NodeRegistry::names() const {
  std::vector<std::string> names;
  for (const auto& entry : types_) names.push_back(entry.first);
  return names;
}

}  // namespace imagemill
