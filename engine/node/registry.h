// The registry of node types, by name.
#pragma once

#include <functional>
#include <map>
#include <memory>
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
  // Adds the struct N. It is described when it is first looked for, so that describe() may name
  // what other files register.
  template <class N>
  void add(const std::string& name) {
    add(name, [name] { return detail::make_node_type<N>(name); });
  }

  // null if no type has that name. The type lives as long as a registry that has it.
  const NodeType* find(std::string_view name) const;
  std::vector<std::string> names() const;  // sorted

 private:
  // A type, described once. Copies of a registry share it.
  struct Entry;
  void add(const std::string& name, std::function<NodeType()> describe);

  std::map<std::string, std::shared_ptr<Entry>, std::less<>> types_;
};

// Registers the struct `Type` under `name`, in the .cpp that defines it. Nothing refers to that
// object file, so it must be linked in whole (an OBJECT library).
#define IMAGEMILL_REGISTER_NODE(name, Type)              \
  [[maybe_unused]] static const bool registered_##Type = \
      (::imagemill::NodeRegistry::global().add<Type>(name), true)

}  // namespace imagemill
