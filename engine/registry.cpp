#include "engine/registry.h"

namespace imagemill {

const ParamSpec* SchemaInfo::find(std::string_view name) const {
  for (const ParamSpec& param : params) {
    if (param.name == name) return &param;
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
  std::string name = type.name;
  types_.insert_or_assign(std::move(name), std::move(type));
}

const NodeType* NodeRegistry::find(std::string_view name) const {
  const auto it = types_.find(name);
  return it == types_.end() ? nullptr : &it->second;
}

std::vector<std::string> NodeRegistry::names() const {
  std::vector<std::string> names;
  for (const auto& entry : types_) names.push_back(entry.first);
  return names;
}

}  // namespace imagemill
