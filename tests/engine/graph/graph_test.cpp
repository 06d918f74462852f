// Graphs are built, or all that is wrong with them is said at once.
#include "engine/graph/graph.h"

#include <algorithm>

#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

namespace imagemill::testing {
namespace {

using Faults = std::vector<std::string>;

// Each fault as "NODE KEY: MESSAGE".
Faults faults(const std::vector<NodeConfig>& configs) {
  const auto graph = Graph::build(configs, synthetic_nodes());
  if (graph) return {};
  Faults texts;
  for (const GraphFault& fault : graph.error()) {
    texts.push_back(std::to_string(fault.node) + " " + fault.key + ": " + fault.message);
  }
  return texts;
}
Faults faults(std::string_view lines) { return faults(parse_graph(lines)); }

TEST_CASE("A valid graph is sorted, wired and typed", "[engine]") {
  const Graph graph = make_graph(R"(
    out2: store < b
    b: step < a
    out1: collect < c concurrency=5
    c: serial_step < a
    a: io_step < read concurrency=3
    read: items concurrency=4
  )");
  std::vector<std::string> names;
  for (const GraphNode& node : graph.nodes()) names.push_back(node.name);
  CHECK(names == std::vector<std::string>{"read", "a", "b", "out2", "c", "out1"});
  const auto& nodes = graph.nodes();
  CHECK(nodes[0].inputs.empty());
  REQUIRE(nodes[1].inputs.size() == 1);
  CHECK(nodes[1].inputs[0].node == 0);
  REQUIRE(nodes[1].outputs.size() == 1);
  REQUIRE(nodes[1].outputs[0].size() == 2);
  CHECK(nodes[1].outputs[0][0].node == 2);
  CHECK(nodes[1].outputs[0][1].node == 4);
  CHECK(nodes[3].inputs[0].node == 2);
  CHECK(nodes[5].outputs.empty());
  CHECK(nodes[5].type->name == "collect");
}

TEST_CASE("A node's concurrency is what is asked, or its type's default", "[engine]") {
  const Graph graph = make_graph(R"(
    read: items
    a: step < read
    b: step < a concurrency=3
    c: serial_step < b
    d: io_step < c
    e: io_step < d concurrency=7
    out: serial_collect < e concurrency=1
  )");
  std::vector<int> concurrency;
  for (const GraphNode& node : graph.nodes()) concurrency.push_back(node.concurrency);
  CHECK(concurrency == std::vector<int>{1, 0, 3, 1, 2, 7, 1});
  CHECK(graph.nodes()[0].on_io_threads());
  CHECK_FALSE(graph.nodes()[1].on_io_threads());
  CHECK(graph.nodes()[4].on_io_threads());
}

TEST_CASE("A graph needs nodes", "[engine]") {
  CHECK(faults("") == Faults{"0 : the graph has no nodes"});
}

TEST_CASE("An unknown node type is named, with what was probably meant", "[engine]") {
  CHECK(faults("read: items\n a: stpe < read\n out: store < a") ==
        Faults{"1 type: unknown node type 'stpe'; did you mean 'step'?"});
  CHECK(faults("read: items\n out: blur < read") == Faults{"1 type: unknown node type 'blur'"});
  auto untyped = parse_graph("read: items\n out: store < read");
  untyped[1].type.clear();
  CHECK(faults(untyped) == Faults{"1 : node 'out' has no type"});
}

TEST_CASE("An unknown parameter is named, with what was probably meant", "[engine]") {
  CHECK(faults("read: items\n a: step < read byte=7\n out: store < a") ==
        Faults{"1 byte: node type 'step' has no parameter 'byte'; did you mean 'bytes'?"});
  CHECK(faults("read: items\n a: step < read zzz=7\n out: store < a") ==
        Faults{"1 zzz: node type 'step' has no parameter 'zzz'"});
  CHECK(faults("read: items\n out: store < read conurrency=7") ==
        Faults{"1 conurrency: node type 'store' has no parameter 'conurrency'; did you mean "
               "'concurrency'?"});
}

TEST_CASE("A bad value is named with its parameter and what is expected", "[engine]") {
  CHECK(
      faults("read: items\n a: step < read width=1001 in_place=maybe bytes=1XB\n out: store < a") ==
      Faults{"1 width: width: '1001' is not a whole number (0 to 1000)",
             "1 in_place: in_place: 'maybe' is not true or false",
             "1 bytes: bytes: '1XB' is not a size in bytes: give a number from 0 and one of these "
             "units: KiB MiB GiB TiB KB MB GB TB B"});
}

TEST_CASE("A node needs its one input, by a name that exists", "[engine]") {
  CHECK(faults("read: items\n blurred: step < read\n out: store < blured") ==
        Faults{"2 in: no node is named 'blured'; did you mean 'blurred'?"});
  CHECK(
      faults("read: items\n out: store < elsewhere") ==
      Faults{"0 : nothing takes the output of node 'read'", "1 in: no node is named 'elsewhere'"});
  CHECK(faults("read: items\n out: store < read\n x: store") ==
        Faults{"2 : node 'x' needs one input: say which node it follows, as in 'in: NODE'"});
  CHECK(faults("read: items\n a: step < read\n out: store < read < a") ==
        Faults{"2 in: node 'out' needs one input, not 2"});
}

TEST_CASE("What only follows from another fault is not told", "[engine]") {
  // Whether the unknown node comes before or after the others.
  CHECK(faults("a: stpe < read\n read: items\n out: store < a") ==
        Faults{"0 type: unknown node type 'stpe'; did you mean 'step'?"});
  CHECK(faults("read: item\n out: store < read") ==
        Faults{"0 type: unknown node type 'item'; did you mean 'items'?"});
}

TEST_CASE("An output of another type is refused, with the node that would bridge it", "[engine]") {
  CHECK(faults("read: items\n out: file_number < read") ==
        Faults{"1 in: 'out' needs 'number', but 'read' gives 'text'; put a node of type 'measure' "
               "between them"});
  CHECK(faults("read: items\n length: measure < read\n out: store < length") ==
        Faults{"2 in: 'out' needs 'text', but 'length' gives 'number'"});
  CHECK(faults("read: items\n out: store < read\n more: store < out") ==
        Faults{"2 in: 'out' is a store node, which has no output"});
}

TEST_CASE("A cycle names its nodes, and not those that only hang on it", "[engine]") {
  CHECK(faults("read: items\n out: store < read\n a: step < b\n b: step < c\n c: step < a") ==
        Faults{"2 in: a cycle runs through these nodes: a, b, c"});
  CHECK(faults("read: items\n out: store < read\n a: step < a\n out2: store < a") ==
        Faults{"2 in: a cycle runs through these nodes: a"});
  CHECK(faults("read: items\n out: store < read\n x: step < b\n out2: store < x\n a: step < b\n b: "
               "step < a") == Faults{"4 in: a cycle runs through these nodes: a, b"});
}

TEST_CASE("A cycle is told beside other faults", "[engine]") {
  CHECK(
      faults("read: items\n out: store < read\n a: step < b\n b: stepp < nobody\n c: step < d\n d: "
             "step < c") == Faults{"2 : nothing takes the output of node 'a'",
                                   "3 type: unknown node type 'stepp'; did you mean 'step'?",
                                   "4 in: a cycle runs through these nodes: c, d"});
}

TEST_CASE("A graph has one source, which takes no input", "[engine]") {
  CHECK(faults("a: step < b\n b: step < a") ==
        Faults{"0 : the graph has no source: it needs a node such as 'read: {type: read}'",
               "0 in: a cycle runs through these nodes: a, b"});
  CHECK(faults("read: items\n more: items\n out: store < read\n out2: store < more") ==
        Faults{"1 type: a second source: a graph has one, and it is 'read'"});
  CHECK(faults("read: items < a\n a: step < read\n out: store < a") ==
        Faults{"0 in: node type 'items' is a source and takes no input"});
}

TEST_CASE("An output that nobody takes is a fault", "[engine]") {
  CHECK(faults("read: items") == Faults{"0 : nothing takes the output of node 'read'"});
  CHECK(faults("read: items\n a: step < read\n b: step < read\n out: store < b") ==
        Faults{"1 : nothing takes the output of node 'a'"});
}

TEST_CASE("An output of a choice is named as it is", "[engine]") {
  const std::string start = "read: items\n way: choose < read to.large=a to.small=*\n";
  CHECK(faults(start + "o1: store < way.large\n o2: store < way.small").empty());
  CHECK(faults(start + "o1: store < way.lagre\n o2: store < way.small") ==
        Faults{"2 in: no output is named 'way.lagre'; node 'way' has 'way.large' and 'way.small'"});
  CHECK(faults(start + "o1: store < way.large\n o2: store < way") ==
        Faults{"3 in: no output is named 'way'; node 'way' has 'way.large' and 'way.small'"});
  CHECK(faults("read: items\n o1: store < read.large") ==
        Faults{"1 in: node 'read' has one output, without a name: say 'in: read'"});
  CHECK(faults("read: items\n o1: store < read.") ==
        Faults{"1 in: node 'read' has one output, without a name: say 'in: read'"});
  CHECK(faults(start + "o1: store < wya.large") ==
        Faults{"2 in: no node is named 'wya'; did you mean 'way'?"});
}

TEST_CASE("An output of a choice that nobody takes is a fault", "[engine]") {
  CHECK(faults("read: items\n way: choose < read to.large=a to.small=*\n o: store < way.small") ==
        Faults{"1 : nothing takes the output 'way.large'"});
  // Whoever gets the choice's own parameters wrong is told of these.
  CHECK(faults("read: items\n way: choose < read to=a\n o: store < way.small").size() == 1);
}

TEST_CASE("A choice gives what it takes", "[engine]") {
  CHECK(faults("read: items\n way: choose < read to.a=*\n k: keep < way.a\n o: store < k").empty());
  CHECK(faults("read: items\n way: choose < read to.a=*\n k: keep < way.a\n o: file_number < k") ==
        Faults{"3 in: 'o' needs 'number', but 'k' gives 'text'; put a node of type 'measure' "
               "between them"});
}

TEST_CASE("Several inputs are given by name, each once", "[engine]") {
  const std::string start = "read: items\n a: step < read\n";
  const std::string end = "\n o: store < p";
  CHECK(faults(start + "p: pair < first:a < second:read" + end).empty());
  CHECK(faults(start + "p: pair < first:a" + end) ==
        Faults{"2 in: node 'p' needs its input 'second', as in 'in: {first: NODE, second: NODE}'"});
  CHECK(faults("read: items\n p: pair\n o: store < p").back() ==
        "1 : node 'p' needs its input 'second', as in 'in: {first: NODE, second: NODE}'");
  CHECK(faults(start + "p: pair < a < read" + end) ==
        Faults{"2 in: node type 'pair' has several inputs: name them, as in 'in: {first: NODE, "
               "second: NODE}'"});
  CHECK(faults(start + "p: pair < first:a < scond:read" + end) ==
        Faults{"2 in: node type 'pair' has no input 'scond'; it has 'first' and 'second'"});
  CHECK(faults(start + "p: pair < first:a < second:read < second:a" + end) ==
        Faults{"2 in: input 'second' is given twice"});
  CHECK(faults(start + "p: pair < first:a < second:raed" + end) ==
        Faults{"2 in: no node is named 'raed'; did you mean 'read'?"});
  CHECK(faults("read: items\n a: step < text:read\n o: store < a") ==
        Faults{"1 in: node type 'step' has no input 'text'; it has 'in'"});
  CHECK(faults("read: items\n a: step < in:read\n o: store < a").empty());
}

TEST_CASE("A constant goes to nodes that something else comes to", "[engine]") {
  CHECK(faults("read: items\n c: stamp\n p: pair < first:c < second:read\n o: store < p").empty());
  CHECK(faults("read: items\n c: stamp\n a: step < c\n o: store < a\n o2: store < read") ==
        Faults{"2 in: only constants come to node 'a', so it would never run"});
  CHECK(faults("read: items\n c: stamp\n o: store < read") ==
        Faults{"1 : nothing takes the output of node 'c'"});
  CHECK(faults("read: items\n c: stamp < read\n p: pair < first:c < second:read\n o: store < p") ==
        Faults{"1 in: node type 'stamp' is a constant and takes no input"});
}

TEST_CASE("Several of one are not made again of each", "[engine]") {
  CHECK(faults("read: items\n s: cut < read\n a: step < s\n t: cut < a\n"
               "o: store < t path={number}") ==
        Faults{"3 in: 't' splits items into parts, and so does 's' before it: only one of them "
               "may"});
}

TEST_CASE("Several of one are not joined with one", "[engine]") {
  const std::string start = "read: items\n s: cut < read\n c: stamp\n";
  CHECK(faults(start + "a: step < s\n p: pair < first:a < second:read\n q: pair < first:p < "
                       "second:c\n o: store < q path={number}") ==
        Faults{"4 in: the inputs of 'p' come in different numbers: 's' splits items into parts "
               "on only one of the branches"});
  CHECK(faults(start + "p: pair < first:read < second:s\n q: pair < first:p < second:c\n"
                       "o: store < q path={number}") ==
        Faults{"3 in: the inputs of 'p' come in different numbers: 's' splits items into parts "
               "on only one of the branches"});
  CHECK(faults(start + "p: pair < first:c < second:s\n o: store < p path={number}").empty());
}

TEST_CASE("Fields of parts are there for parts only, and a sink of parts needs them", "[engine]") {
  CHECK(faults("read: items\n o: store < read path={name}.{level}") ==
        Faults{"1 path: the field '{level}' exists only behind a node that splits items into "
               "parts, such as 'cut'"});
  const auto with = [](const std::string& path) {
    return faults("read: items\n cut: cut < read\n o: store < cut path=" + path);
  };
  const Faults clash = {
      "2 path: 'cut' splits items into parts, which 'o' would write to one path: use the field "
      "{number}, or {column} and {row}"};
  CHECK(with("{name}") == clash);
  CHECK(with("{name}.{column}") == clash);
  CHECK(with("{name}.{row}.{level}") == clash);
  CHECK(with("same") == Faults{"2 : " + clash.front().substr(8)});
  CHECK(with("{number}").empty());
  CHECK(with("{row}-{column}").empty());
}

TEST_CASE("A field that the source does not know is named", "[engine]") {
  CHECK(faults("read: items\n o: store < read path={exif.Model}-{name}") ==
        Faults{"1 path: no field is named '{exif.Model}'"});
}

TEST_CASE("A serial node runs one at a time", "[engine]") {
  CHECK(faults("read: items\n a: serial_step < read concurrency=2\n out: store < a") ==
        Faults{"1 concurrency: node type 'serial_step' is serial: concurrency can only be 1"});
  CHECK(faults("read: items\n a: serial_step < read concurrency=1\n out: store < a").empty());
}

TEST_CASE("Two nodes of one name are a fault", "[engine]") {
  CHECK(faults("read: items\n out: store < read\n out: store < read") ==
        Faults{"2 : a second node named 'out'"});
}

TEST_CASE("All faults are told at once, in the order of the configs", "[engine]") {
  CHECK(faults(R"(
    read: items speed=3
    a: serial_step < reed concurrency=4
    b: stepp < a width=many
    c: step < a width=many
    out: store < c
    out: file_number < read
  )") == Faults{"0 speed: node type 'items' has no parameter 'speed'",
                "1 concurrency: node type 'serial_step' is serial: concurrency can only be 1",
                "1 in: no node is named 'reed'; did you mean 'read'?",
                "2 type: unknown node type 'stepp'; did you mean 'step'?",
                "3 width: width: 'many' is not a whole number (0 to 1000)",
                "5 : a second node named 'out'",
                ("5 in: 'out' needs 'number', but 'read' gives 'text'; put a node of type "
                 "'measure' between them")});
}

TEST_CASE("A registry knows its types by name, the later of two counts", "[engine]") {
  NodeRegistry registry = synthetic_nodes();
  CHECK(registry.find("nothing") == nullptr);
  const auto names = registry.names();
  CHECK(std::is_sorted(names.begin(), names.end()));
  const std::size_t count = names.size();
  const NodeType* step = registry.find("step");
  REQUIRE(step != nullptr);
  CHECK(step->role == Role::transform);
  CHECK(step->parallelism == Parallelism::unlimited);
  REQUIRE(step->inputs.size() == 1);
  CHECK(step->inputs[0].name == "in");
  CHECK(step->inputs[0].type == "text");
  CHECK(step->output == "text");
  CHECK(registry.find("items")->role == Role::source);
  CHECK(registry.find("items")->inputs.empty());
  CHECK(registry.find("store")->role == Role::sink);
  CHECK(registry.find("store")->output.empty());
  CHECK(registry.find("serial_collect")->parallelism == Parallelism::serial);
  NodeType replacement = *registry.find("collect");
  replacement.name = "step";
  registry.add(replacement);
  CHECK(registry.find("step")->role == Role::sink);
  CHECK(registry.names().size() == count);
}

// A node that says of itself what the program has said by then.
struct Late {
  static inline std::string said = "nothing";
  static void describe(NodeSchema<Late>& s) { s.summary(said); }
  Result<Text> process(Text text) const { return text; }
};

TEST_CASE("A node type is described when it is first looked for, once", "[engine]") {
  NodeRegistry registry;
  registry.add<Late>("late");
  Late::said = "something";
  CHECK(registry.find("late")->schema.summary == "something");
  Late::said = "something else";
  CHECK(registry.find("late")->schema.summary == "something");
  CHECK(NodeRegistry(registry).find("late") == registry.find("late"));
}

}  // namespace
}  // namespace imagemill::testing
