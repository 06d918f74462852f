// The registry of node types, by name.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/node/node_adaptor.h"

namespace imagemill {

// Node types by name. Thread-safe once no more types are added.
class NodeRegistry {
 public:
  // The types that IMAGEMILL_REGISTER_NODE registers: all that are linked into the program.
  static NodeRegistry& global();

  // Adds a node type. A later type of the same name replaces the earlier one.
  void add(NodeType type);
  template <class N>
  void add(const std::string& name) {
    add(detail::make_node_type<N>(name));
  }

  // null if no type has that name.
  const NodeType* find(std::string_view name) const;
  std::vector<std::string> names() const;  // sorted

 private:
  std::map<std::string, NodeType, std::less<>> types_;
};

// Registers the struct `Type` under `name`, in the .cpp that defines it. Nothing refers to that
// object file, so it must be linked in whole (an OBJECT library).
#define IMAGEMILL_REGISTER_NODE(name, Type)              \
  [[maybe_unused]] static const bool registered_##Type = \
      (::imagemill::NodeRegistry::global().add<Type>(name), true)

}  // namespace imagemill
