// The JSON Schema of configs. tests/cli/validate_schema.py holds configs against it.
#include "graphs/config/config_schema.h"

#include <regex>

#include <nlohmann/json.hpp>

#include "graphs/config/graph_spec.h"
#include "nodes/parameters.h"
#include "tests/support/catch.h"

using namespace imagemill;

namespace {

using Json = nlohmann::json;

Json schema() { return Json::parse(config_schema(NodeRegistry::global())); }

Json param(const std::string& type, const std::string& name) {
  return schema()["$defs"][type + "_node"]["properties"][name];
}

void check_pattern(std::string_view pattern, const std::vector<std::string>& taken,
                   const std::vector<std::string>& refused) {
  const std::regex regex{std::string(pattern)};
  for (const std::string& text : taken) {
    INFO(text);
    CHECK(std::regex_search(text, regex));
  }
  for (const std::string& text : refused) {
    INFO(text);
    CHECK_FALSE(std::regex_search(text, regex));
  }
}

}  // namespace

TEST_CASE("Every type and every parameter is in the schema, and nothing else", "[graphs]") {
  const Json all = schema();
  const Json& alternatives = all["$defs"]["node"]["allOf"];
  CHECK(alternatives.size() == NodeRegistry::global().names().size());
  CHECK(all["$defs"]["node"]["properties"]["type"]["enum"].size() == alternatives.size());
  for (const std::string& name : NodeRegistry::global().names()) {
    INFO(name);
    const NodeType& type = *NodeRegistry::global().find(name);
    const Json& node = all["$defs"][name + "_node"];
    CHECK(node["properties"]["type"]["const"] == name);
    CHECK(node["additionalProperties"] == false);
    CHECK(node["properties"].contains("in") == !type.inputs.empty());
    CHECK(node["properties"].size() == type.schema.params.size() + (type.inputs.empty() ? 2 : 3));
    for (const ParamSpec& spec : type.schema.params) {
      INFO(spec.name);
      const Json& property = node["properties"][spec.name];
      CHECK(property["description"].get<std::string>().starts_with(spec.doc));
      CHECK(property.contains("default") == !spec.keyed);
      CHECK((property.contains("enum") || property.contains("type")));
    }
  }
  for (const char* part : {"nodes", "run", "name", "imagemill"})
    CHECK(all["properties"].contains(part));
  CHECK(all["additionalProperties"] == false);
  CHECK(all["properties"]["run"]["additionalProperties"] == false);
}

TEST_CASE("Values are told by type, bounds and default", "[graphs]") {
  CHECK(param("encode", "quality") == Json({{"description",
                                             "Quality of a JPEG. (whole number, "
                                             "1 to 100)"},
                                            {"type", "integer"},
                                            {"minimum", 1},
                                            {"maximum", 100},
                                            {"default", 85}}));
  CHECK(param("watermark", "opacity")["maximum"] == 1);
  CHECK(param("watermark", "opacity")["default"] == 0.5);
  CHECK_FALSE(param("decode", "max_scans").contains("maximum"));
  CHECK(param("decode", "depth")["enum"] == Json({8, "8", "keep"}));
  CHECK(param("decode", "depth")["default"] == 8);
  CHECK(param("decode", "shrink_on_load")["type"] == "boolean");
  CHECK(param("decode", "shrink_on_load")["default"] == true);
  CHECK(param("resize", "width")["type"] == Json({"string", "number"}));
  CHECK(param("resize", "width")["maximum"] == 65500);
  CHECK(param("resize", "background")["type"] == "string");
  CHECK(param("watermark", "text")["type"] == Json({"string", "number", "boolean"}));
  CHECK(param("route", "outputs")["additionalProperties"]["type"] == "string");
  CHECK(param("resize", "concurrency")["maximum"] == 1024);
}

TEST_CASE("A node of several inputs must name them all", "[graphs]") {
  CHECK(param("compose", "in")["required"] == Json({"base", "overlay"}));
  CHECK(param("compose", "in")["additionalProperties"] == false);
  CHECK(param("resize", "in")["anyOf"].size() == 3);
}

TEST_CASE("A default is a value that the pattern matches", "[graphs]") {
  for (const std::string& name : NodeRegistry::global().names()) {
    for (const ParamSpec& spec : NodeRegistry::global().find(name)->schema.params) {
      INFO(name << "." << spec.name << ": " << spec.default_text);
      if (!spec.pattern.empty() && !spec.keyed)
        CHECK(std::regex_search(spec.default_text, std::regex(spec.pattern)));
    }
  }
}

TEST_CASE("Colours and numbers of workers are told by patterns", "[graphs]") {
  check_pattern(TextValue<imaging::Rgb>::pattern, {"#00ff7F", "white", "black"},
                {"#00ff7", "#00ff7g", "#00ff7f0", "00ff7f", "red", ""});
  check_pattern(TextValue<Workers>::pattern, {"auto", "1", "64"}, {"Auto", "", "-1", "1.5"});
}

TEST_CASE("A serial type can't be asked for more", "[graphs]") {
  struct Serial {
    static void describe(NodeSchema<Serial>&) {}
    Result<imaging::Image> process(imaging::Image image) { return image; }
  };
  NodeRegistry registry;
  registry.add<Serial>("serial");
  const Json all = Json::parse(config_schema(registry));
  CHECK(all["$defs"]["serial_node"]["properties"]["concurrency"]["maximum"] == 1);
}
