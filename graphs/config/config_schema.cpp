#include "graphs/config/config_schema.h"

#include <nlohmann/json.hpp>

#include "graphs/config/graph_spec.h"
#include "graphs/config/node_reference.h"

namespace imagemill {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kWord = "^[^.]+$";               // name of a node or an output
constexpr const char* kOutput = "^[^.]+(\\.[^.]+)?$";  // reference to an output

// Value that YAML reads from unquoted text: a number, a boolean, or the text.
Json plain(const std::string& text) {
  if (text == "true" || text == "false") return text == "true";
  if (const auto whole = TextValue<std::int64_t>::parse(text)) return *whole;
  if (const auto number = TextValue<double>::parse(text)) return *number;
  return text;
}

Json bound(double value) {
  const auto whole = static_cast<std::int64_t>(value);
  return static_cast<double>(whole) == value ? Json(whole) : Json(value);
}

const char* json_type(Scalar scalar) {
  switch (scalar) {
    case Scalar::text:
      return "string";
    case Scalar::boolean:
      return "boolean";
    case Scalar::whole:
      return "integer";
    case Scalar::number:
      break;
  }
  return "number";
}

// Schema of a parameter's value, or of one entry of a keyed parameter.
Json value_schema(const ParamSpec& param) {
  Json schema = Json::object();
  if (!param.choices.empty()) {
    for (const std::string& choice : param.choices) {
      const Json unquoted = plain(choice);
      schema["enum"].push_back(unquoted);
      if (!unquoted.is_string()) schema["enum"].push_back(choice);
    }
    return schema;
  }
  for (const Scalar scalar : param.scalars) schema["type"].push_back(json_type(scalar));
  if (param.scalars.size() == 1) schema["type"] = json_type(param.scalars.front());
  if (!param.pattern.empty()) schema["pattern"] = param.pattern;
  if (param.low) schema["minimum"] = bound(*param.low);
  if (param.high) schema["maximum"] = bound(*param.high);
  return schema;
}

// Description of a parameter, with its values in words if the schema itself does not show them.
std::string description_of(const ParamSpec& param) {
  const bool said = !param.choices.empty() || param.type == TextValue<std::string>::type ||
                    param.type == TextValue<bool>::type;
  return said ? param.doc : param.doc + " (" + values_text(param) + ")";
}

Json param_schema(const ParamSpec& param) {
  Json schema = {{"description", description_of(param)}};
  if (param.keyed) {
    schema["type"] = "object";
    schema["propertyNames"] = {{"pattern", kWord}};
    schema["additionalProperties"] = value_schema(param);
  } else {
    schema.update(value_schema(param));
    schema["default"] = plain(param.default_text);
  }
  return schema;
}

Json output_schema() {
  return {{"description", "A node, or one of its outputs: NODE.OUTPUT"},
          {"type", "string"},
          {"pattern", kOutput}};
}

Json ports_schema(const NodeType& type) {
  Json ports = {{"type", "object"}, {"properties", Json::object()}};
  for (const InputPort& port : type.inputs) {
    ports["properties"][std::string(port.name)] = {{"$ref", "#/$defs/output"}};
    ports["required"].push_back(port.name);
  }
  ports["additionalProperties"] = false;
  return ports;
}

// Schema of `in`: one input is a name, or a list or map of one name; several inputs are a map.
Json in_schema(const NodeType& type) {
  if (type.inputs.size() > 1) {
    Json ports = ports_schema(type);
    ports["description"] = "The nodes that it follows, by input: " + takes_text(type);
    return ports;
  }
  const Json list = {
      {"type", "array"}, {"items", {{"$ref", "#/$defs/output"}}}, {"minItems", 1}, {"maxItems", 1}};
  return {{"description", "The node that it follows (" + takes_text(type) + ")"},
          {"anyOf", Json::array({{{"$ref", "#/$defs/output"}}, list, ports_schema(type)})}};
}

Json concurrency_schema(const NodeType& type) {
  const bool serial = type.parallelism == Parallelism::serial;
  return {
      {"description", "How many items it works on at once. It runs " + running_text(type) + "."},
      {"type", "integer"},
      {"minimum", 1},
      {"maximum", serial ? 1 : 1024}};
}

Json node_schema(const NodeType& type) {
  Json properties = {{"type", {{"description", type.schema.summary}, {"const", type.name}}}};
  Json required = Json::array({"type"});
  if (!type.inputs.empty()) {
    properties["in"] = in_schema(type);
    required.push_back("in");
  }
  properties["concurrency"] = concurrency_schema(type);
  for (const ParamSpec& param : type.schema.params) properties[param.name] = param_schema(param);
  return {{"description", type.schema.summary},  {"type", "object"},
          {"properties", std::move(properties)}, {"required", std::move(required)},
          {"additionalProperties", false},       {"examples", Json::array({type.schema.example})}};
}

// Schema of a node by if/then, so that a faulty node gets the messages of its own type alone.
Json any_node_schema(const std::vector<const NodeType*>& types) {
  Json names = Json::array();
  Json alternatives = Json::array();
  for (const NodeType* type : types) {
    names.push_back(type->name);
    alternatives.push_back({{"if",
                             {{"properties", {{"type", {{"const", type->name}}}}},
                              {"required", Json::array({"type"})}}},
                            {"then", {{"$ref", "#/$defs/" + type->name + "_node"}}}});
  }
  return {{"type", "object"},
          {"properties",
           {{"type", {{"description", "What the node does"}, {"enum", std::move(names)}}}}},
          {"required", Json::array({"type"})},
          {"allOf", std::move(alternatives)}};
}

Json run_schema() {
  const SchemaInfo& run = detail::schema_of<RunSettings>().info();
  Json properties = Json::object();
  for (const ParamSpec& param : run.params) properties[param.name] = param_schema(param);
  return {{"description", run.summary + " The command line's options replace these."},
          {"type", "object"},
          {"properties", std::move(properties)},
          {"additionalProperties", false}};
}

}  // namespace

std::string config_schema(const NodeRegistry& registry) {
  const std::vector<const NodeType*> types = reading_order(registry);
  Json defs = {{"output", output_schema()}, {"node", any_node_schema(types)}};
  for (const NodeType* type : types) defs[type->name + "_node"] = node_schema(*type);
  const Json schema = {
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"$id", "urn:imagemill:config:1"},
      {"title", "imagemill graph config"},
      {"description", "A dataflow graph over a batch of images, for imagemill run."},
      {"type", "object"},
      {"properties",
       {{"imagemill", {{"description", "The version of this format"}, {"const", 1}}},
        {"name",
         {{"description", "The graph's name"},
          {"type", Json::array({"string", "number", "boolean"})}}},
        {"nodes",
         {{"description", "The nodes by name, a word without dots"},
          {"type", "object"},
          {"minProperties", 1},
          {"propertyNames", {{"pattern", kWord}}},
          {"additionalProperties", {{"$ref", "#/$defs/node"}}}}},
        {"run", run_schema()}}},
      {"required", Json::array({"imagemill", "nodes"})},
      {"additionalProperties", false},
      {"$defs", std::move(defs)}};
  return schema.dump(2) + "\n";
}

}  // namespace imagemill
