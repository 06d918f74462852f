#include "tests/support/node_examples.h"

#include <regex>

#include "nodes/parameters.h"

namespace imagemill::testing {

std::vector<const NodeType*> all_types() {
  std::vector<const NodeType*> types;
  for (const std::string& name : NodeRegistry::global().names())
    types.push_back(NodeRegistry::global().find(name));
  return types;
}

std::string example_of(const NodeType& type) {
  const std::string& example = type.schema.example;
  return std::regex_replace(example.substr(example.find('{')),
                            std::regex(", in: (\\{[^}]*\\}|[^,}]*)"), "");
}

std::string example_with(const NodeType& type, const std::string& parameter) {
  std::string node = example_of(type);
  const std::string name = parameter.substr(0, parameter.find(':'));
  if (const auto at = node.find(", " + name + ": "); at != std::string::npos) {
    const auto from = at + 2;
    const bool quoted = node[node.find(": ", from) + 2] == '"';
    const auto end =
        quoted ? node.find('"', node.find('"', from) + 1) + 1 : node.find_first_of(",}", from);
    node.replace(from, end - from, parameter);
  } else {
    node.insert(node.size() - 1, ", " + parameter);
  }
  return node;
}

std::vector<std::string> variants_of(const NodeType& type) {
  std::vector<std::string> variants = {example_of(type)};
  const auto add = [&](const ParamSpec& param, const std::string& value) {
    variants.push_back(example_with(type, param.name + ": " + value));
  };
  for (const ParamSpec& param : type.schema.params) {
    for (const std::string& choice : param.choices) add(param, choice);
    if (param.scalars == std::vector{Scalar::boolean}) {
      for (const char* value : {"true", "false"}) add(param, value);
    }
    if (param.type == TextValue<imaging::Rgb>::type) add(param, "'#ff0000'");
  }
  return variants;
}

}  // namespace imagemill::testing
