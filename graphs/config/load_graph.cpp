#include "graphs/config/load_graph.h"

#include <algorithm>
#include <functional>
#include <set>

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/yaml.h>

#include "engine/base/text.h"
#include "graphs/config/yaml_documents.h"

namespace imagemill {
namespace {

constexpr std::uint64_t kMaxConfigBytes = 1 << 20;
constexpr std::string_view kFormatVersion = "1";

// Reads the document into a GraphSpec and collects all errors.
class Reader {
 public:
  explicit Reader(std::string source) : source_(std::move(source)) {}

  void read(const YAML::Node& root) {
    if (!root.IsMap()) {
      fail(root, "a graph config is a map with the keys imagemill, name, nodes and run");
      return;
    }
    bool versioned = false;
    each_key(root,
             [&](const std::string& key, const YAML::Node& key_node, const YAML::Node& value) {
               if (key == "imagemill") {
                 versioned = true;
                 if (text_of(value) != kFormatVersion)
                   fail(value, "this program reads version 1 of the format: 'imagemill: 1'");
               } else if (key == "name") {
                 spec_.name = scalar(value, "name");
               } else if (key == "nodes") {
                 read_nodes(value);
               } else if (key == "run") {
                 read_run(value);
               } else {
                 unknown_key(key_node, key, {"imagemill", "name", "nodes", "run"});
               }
             });
    if (!versioned) fail(root, "the format version is missing: 'imagemill: 1'");
    if (!root["nodes"]) fail(root, "the graph has no nodes");
  }

  void apply_set(const std::string& set) {
    const Location location{"--set " + set, 0, 0};
    const auto dot = set.find('.');
    const auto equals = set.find('=');
    if (dot == std::string::npos || equals == std::string::npos || dot > equals) {
      faults_.push_back({location, "write it as NODE.PARAM=VALUE"});
      return;
    }
    const std::string name = set.substr(0, dot);
    const std::string param = set.substr(dot + 1, equals - dot - 1);
    const std::string value = set.substr(equals + 1);
    std::vector<std::string> names;
    for (NodeSpec& node : spec_.nodes) {
      names.push_back(node.config.name);
      if (node.config.name != name) continue;
      if (param == "concurrency") {
        set_concurrency(node, value, location);
      } else if (param == "type" || param == "in") {
        faults_.push_back({location, "only parameters and concurrency can be replaced"});
        return;
      } else {
        // Replaced in place, because the order of a route's outputs counts.
        auto& params = node.config.params;
        const auto place = std::find_if(params.begin(), params.end(),
                                        [&](const auto& entry) { return entry.first == param; });
        if (place != params.end()) {
          place->second = value;
        } else {
          params.emplace_back(param, value);
        }
      }
      node.keys[param] = location;
      return;
    }
    if (name == "run") {
      faults_.push_back({location, "--set is for nodes; " + instead_of_setting(param)});
      return;
    }
    faults_.push_back({location, "no node is named " + quote(name) + did_you_mean(name, names)});
  }

  void fail_at(const YAML::Mark& mark, std::string message) {
    faults_.push_back({{source_, mark.line + 1, mark.column + 1}, std::move(message)});
  }

  GraphSpec& spec() { return spec_; }
  Diagnostics& faults() { return faults_; }

 private:
  static std::string instead_of_setting(const std::string& setting) {
    const SchemaInfo& schema = detail::schema_of<RunSettings>().info();
    if (schema.find(setting) == nullptr) {
      return "run has no " + quote(setting) + did_you_mean(setting, schema.param_names());
    }
    std::string option = "--" + setting;
    std::replace(option.begin(), option.end(), '_', '-');
    return "for run." + setting + " there is " + option;
  }

  using OnKey = std::function<void(const std::string&, const YAML::Node&, const YAML::Node&)>;

  void fail(const YAML::Node& node, std::string message) {
    fail_at(node.Mark(), std::move(message));
  }

  Location location(const YAML::Node& node) const {
    return {source_, node.Mark().line + 1, node.Mark().column + 1};
  }

  // Refuses equal keys: yaml-cpp keeps both, but a config must not have them.
  void each_key(const YAML::Node& map, const OnKey& on_key) {
    std::set<std::string> seen;
    for (const auto& entry : map) {
      if (!entry.first.IsScalar()) {
        fail(entry.first, "a key must be a plain word");
        continue;
      }
      const std::string key = entry.first.Scalar();
      if (!seen.insert(key).second) {
        fail(entry.first, "'" + key + "' is given twice");
        continue;
      }
      on_key(key, entry.first, entry.second);
    }
  }

  void unknown_key(const YAML::Node& node, const std::string& key,
                   const std::vector<std::string>& known) {
    fail(node, "unknown key " + quote(key) + did_you_mean(key, known));
  }

  static std::string text_of(const YAML::Node& node) {
    return node.IsScalar() ? node.Scalar() : "";
  }

  std::string scalar(const YAML::Node& node, const std::string& key) {
    if (!node.IsScalar()) fail(node, "'" + key + "' must be a single value");
    return text_of(node);
  }

  void read_nodes(const YAML::Node& nodes) {
    if (!nodes.IsMap() || nodes.size() == 0) {
      fail(nodes,
           "'nodes' must be a map from node names to nodes, as in 'decode: {type: decode, in: "
           "read}'");
      return;
    }
    each_key(nodes, [&](const std::string& name, const YAML::Node& key, const YAML::Node& body) {
      if (name.empty() || name.find('.') != std::string::npos)
        fail(key, "a node's name is a word without dots");
      NodeSpec& node = spec_.nodes.emplace_back();
      node.config.name = name;
      node.location = location(key);
      if (!body.IsMap()) {
        fail(body, "node '" + name + "' must be a map, as in '{type: decode, in: read}'");
        return;
      }
      read_node(node, body);
    });
  }

  void read_node(NodeSpec& node, const YAML::Node& body) {
    each_key(body,
             [&](const std::string& key, const YAML::Node& key_node, const YAML::Node& value) {
               node.keys[key] = location(value);
               if (key == "in") {
                 read_inputs(node, value);
               } else if (key == "type") {
                 node.config.type = scalar(value, key);
               } else if (key == "concurrency") {
                 set_concurrency(node, scalar(value, key), location(value));
               } else {
                 node.keys[key] = location(key_node);
                 read_param(node, key, value);
               }
             });
  }

  // Reads "in: decode", or inputs by port: "in: {base: decode, overlay: logo}".
  void read_inputs(NodeSpec& node, const YAML::Node& value) {
    if (value.IsSequence()) {
      for (const auto& input : value) node.config.inputs.emplace_back(scalar(input, "in"));
    } else if (value.IsMap()) {
      each_key(value, [&](const std::string& port, const YAML::Node&, const YAML::Node& from) {
        node.config.inputs.emplace_back(scalar(from, port), port);
      });
    } else {
      node.config.inputs.emplace_back(scalar(value, "in"));
    }
  }

  void read_param(NodeSpec& node, const std::string& name, const YAML::Node& value) {
    if (!value.IsMap()) {
      node.config.params.emplace_back(name, scalar(value, name));
      return;
    }
    each_key(value, [&](const std::string& entry, const YAML::Node& key, const YAML::Node& text) {
      const std::string full_name = name + "." + entry;
      node.keys[full_name] = location(key);
      node.config.params.emplace_back(full_name, scalar(text, full_name));
    });
  }

  void set_concurrency(NodeSpec& node, const std::string& text, const Location& at) {
    const auto count = TextValue<int>::parse(text);
    if (count && *count >= 1 && *count <= 1024) {
      node.config.concurrency = *count;
    } else {
      faults_.push_back({at, "concurrency: '" + text + "' is not a whole number (1 to 1024)"});
    }
  }

  void read_run(const YAML::Node& run) {
    if (!run.IsMap()) {
      fail(run, "'run' must be a map");
      return;
    }
    const SchemaInfo& schema = detail::schema_of<RunSettings>().info();
    each_key(run, [&](const std::string& key, const YAML::Node& key_node, const YAML::Node& value) {
      const ParamSpec* param = schema.find(key);
      spec_.run_keys[key] = location(value);
      if (param == nullptr) {
        unknown_key(key_node, key, schema.param_names());
      } else if (const auto wrong = param->set(&spec_.run, scalar(value, key))) {
        fail(value, key + ": " + *wrong);
      }
    });
  }

  std::string source_;
  GraphSpec spec_;
  Diagnostics faults_;
};

Location location_of(const GraphFault& fault, const GraphSpec& spec) {
  const NodeSpec& node = spec.nodes[fault.node];
  const auto key = node.keys.find(fault.key);
  return key == node.keys.end() ? node.location : key->second;
}

}  // namespace

tl::expected<LoadedGraph, Diagnostics> parse_graph(std::string_view yaml, const std::string& source,
                                                   const std::vector<std::string>& sets,
                                                   const NodeRegistry& registry) {
  Reader reader(source);
  try {
    const std::string text(yaml);
    const auto second = second_document(text);
    reader.read(YAML::Load(text));
    if (second) reader.fail_at(*second, "a graph config is one YAML document");
  } catch (const YAML::DeepRecursion& e) {
    reader.fail_at(e.mark, "nested too deep for a graph config");
    return tl::make_unexpected(std::move(reader.faults()));
  } catch (const YAML::Exception& e) {
    reader.fail_at(e.mark, "not valid YAML: " + e.msg);
    return tl::make_unexpected(std::move(reader.faults()));
  }
  for (const std::string& set : sets) reader.apply_set(set);

  Diagnostics& faults = reader.faults();
  std::vector<NodeConfig> configs;
  for (const NodeSpec& node : reader.spec().nodes) configs.push_back(node.config);
  tl::expected<Graph, std::vector<GraphFault>> graph =
      tl::make_unexpected(std::vector<GraphFault>());
  if (!configs.empty()) graph = Graph::build(configs, registry);
  if (!graph) {
    for (const GraphFault& fault : graph.error()) {
      faults.push_back({location_of(fault, reader.spec()), fault.message});
    }
  }
  if (!faults.empty()) {
    sort_by_place(faults);
    return tl::make_unexpected(std::move(faults));
  }
  return LoadedGraph{std::move(reader.spec()), std::move(*graph), std::string(yaml)};
}

tl::expected<LoadedGraph, Diagnostics> load_graph(const std::filesystem::path& file,
                                                  const std::vector<std::string>& sets,
                                                  const NodeRegistry& registry) {
  const auto unreadable = [&](std::string message) {
    return tl::make_unexpected(Diagnostics{{{file.string(), 0, 0}, std::move(message)}});
  };
  auto opened = FileSystem::real().open(file);
  if (!opened) return unreadable(opened.error().message);
  if ((*opened)->size() > kMaxConfigBytes) return unreadable("a graph config has at most 1 MiB");
  std::string yaml((*opened)->size(), '\0');
  const auto read = (*opened)->read({reinterpret_cast<std::uint8_t*>(yaml.data()), yaml.size()});
  if (!read) return unreadable(read.error().message);
  return parse_graph(yaml, file.string(), sets, registry);
}

}  // namespace imagemill
