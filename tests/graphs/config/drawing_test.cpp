// A graph as a picture.
#include "graphs/config/graph_drawing.h"
#include "tests/support/catch.h"

using namespace imagemill;

namespace {

constexpr const char* kWays = R"(imagemill: 1
name: ways
nodes:
  read:    {type: read, concurrency: 1}
  large:   {type: filter, in: read, keep: width >= 1000}
  decode:  {type: decode, in: large, concurrency: 3}
  logo:    {type: image, file: logo.png}
  by_size: {type: route, in: decode, outputs: {big: megapixels >= 8, rest: always}}
  badge:   {type: compose, in: {base: by_size.big, overlay: logo}}
  encode:  {type: encode, in: badge, concurrency: 1}
  write:   {type: write, in: encode}
  other:   {type: encode, in: by_size.rest}
  put:     {type: write, in: other, path: "{stem}-2.{ext}"}
)";

StageStats measured(const std::string& node, std::uint32_t times, std::int64_t ns,
                    double utilisation) {
  StageStats stage;
  stage.node = node;
  stage.utilisation = utilisation;
  stage.total.count = times;
  stage.total.service.add(ns, times);
  return stage;
}

LoadedGraph load(const std::string& yaml, const std::vector<std::string>& sets = {}) {
  auto loaded = parse_graph(yaml, "test", sets);
  if (!loaded) throw std::runtime_error(to_string(loaded.error().front()));
  return std::move(*loaded);
}

using Lines = std::vector<std::string>;

const Drawing::Node& node(const Drawing& drawing, const std::string& name) {
  for (const Drawing::Node& node : drawing.nodes) {
    if (node.lines.front() == name) return node;
  }
  throw std::runtime_error("no node " + name);
}

Lines edge(const Drawing& drawing, const std::string& from, const std::string& to) {
  for (const Drawing::Edge& edge : drawing.edges) {
    if (drawing.nodes[edge.from].lines.front() == from &&
        drawing.nodes[edge.to].lines.front() == to)
      return edge.lines;
  }
  throw std::runtime_error("no edge " + from + " → " + to);
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n  " + line + "\n") != std::string::npos;
}

// A graph whose route is called `name`.
std::string called(const std::string& name) {
  std::string yaml = kWays;
  for (std::size_t at = 0; (at = yaml.find("by_size", at)) != std::string::npos;)
    yaml.replace(at, 7, "'" + name + "'"), at += name.size();
  for (const std::string output : {".big", ".rest"}) {
    const auto at = yaml.find("'" + output);
    yaml.replace(at, output.size() + 1, output + "'");
  }
  return yaml;
}

}  // namespace

TEST_CASE("A drawing has every node, with its type and concurrency", "[graphs]") {
  const Drawing drawing = draw(load(kWays));
  CHECK(drawing.title == "ways");
  CHECK(drawing.nodes.size() == 10);
  CHECK(drawing.edges.size() == 9);
  CHECK(node(drawing, "read").lines == Lines{"read", "1 I/O thread"});
  CHECK(node(drawing, "decode").lines == Lines{"decode", "3 workers at most"});
  CHECK(node(drawing, "logo").lines == Lines{"logo", "image"});
  CHECK(node(drawing, "by_size").lines == Lines{"by_size", "route"});
  CHECK(node(drawing, "badge").lines == Lines{"badge", "compose", "all workers"});
  CHECK(node(drawing, "encode").lines == Lines{"encode", "one at a time"});
  CHECK(node(drawing, "put").lines == Lines{"put", "write", "2 I/O threads"});
}

TEST_CASE("A drawing's edges say which output, under what condition, to which input", "[graphs]") {
  const Drawing drawing = draw(load(kWays));
  CHECK(edge(drawing, "read", "large") == Lines());
  CHECK(edge(drawing, "large", "decode") == Lines{"width >= 1000"});
  CHECK(edge(drawing, "by_size", "badge") == Lines{"big: megapixels >= 8", "as base"});
  CHECK(edge(drawing, "logo", "badge") == Lines{"as overlay"});
  CHECK(edge(drawing, "by_size", "other") == Lines{"rest: always"});
  CHECK(edge(draw(load(kWays, {"by_size.outputs.big=width > 9"})), "by_size", "badge") ==
        Lines{"big: width > 9", "as base"});
}

TEST_CASE("In both languages roles have shapes, and constants dashed lines", "[graphs]") {
  const Drawing drawing = draw(load(kWays));
  const std::string dot = to_dot(drawing);
  CHECK(has_line(dot, R"(n0 [label="read\n1 I/O thread", shape=box, style="rounded,filled"];)"));
  CHECK(has_line(dot, R"(n1 [label="large\nfilter", shape=diamond, style=filled];)"));
  CHECK(has_line(dot, R"(n3 [label="logo\nimage", shape=note, style=filled];)"));
  CHECK(has_line(dot, R"(n7 [label="write\n2 I/O threads", shape=folder, style=filled];)"));
  CHECK(has_line(dot, R"(n4 -> n5 [label="big: megapixels >= 8\nas base"];)"));
  CHECK(has_line(dot, R"(n3 -> n5 [label="as overlay", style=dashed];)"));
  const std::string mermaid = to_mermaid(drawing);
  CHECK(has_line(mermaid, R"(n0(["read<br>1 I/O thread"]))"));
  CHECK(has_line(mermaid, R"(n1{"large<br>filter"})"));
  CHECK(has_line(mermaid, R"(n3[/"logo<br>image"/])"));
  CHECK(has_line(mermaid, R"(n7[("write<br>2 I/O threads")])"));
  CHECK(has_line(mermaid, R"(n4 -->|"big: megapixels #62;= 8<br>as base"| n5)"));
  CHECK(has_line(mermaid, R"(n3 -.->|"as overlay"| n5)"));
}

TEST_CASE("A drawing is coloured by utilisation, in five steps", "[graphs]") {
  const Drawing drawing =
      draw(load(kWays),
           {measured("read", 7, 400'000, 0), measured("decode", 1000, 26'740'000, 0.974),
            measured("badge", 3, 12'500'000'000, 0.2), measured("encode", 3, 1'000'000, 1.2)});
  CHECK(node(drawing, "decode").lines ==
        Lines{"decode", "3 workers at most", "1000 × 26.7 ms (p50)", "97 % busy"});
  CHECK(node(drawing, "read").lines.back() == "0 % busy");
  CHECK(node(drawing, "read").lines[2] == "7 × 0.401 ms (p50)");
  CHECK(node(drawing, "badge").lines[3] == "3 × 12616 ms (p50)");
  CHECK(node(drawing, "write").lines == Lines{"write", "2 I/O threads"});
  const std::string dot = to_dot(drawing);
  const auto colours = [&](const std::string& name) {
    const auto at = dot.find("[label=\"" + name + "\\n");
    const auto fill = dot.find("fillcolor", at);
    const auto end = dot.find('\n', at);
    return fill < end ? dot.substr(fill, end - fill) : "";
  };
  CHECK(colours("read") == R"(fillcolor="#feedde", fontcolor="#000000"];)");
  CHECK(colours("badge") == R"(fillcolor="#fdbe85", fontcolor="#000000"];)");
  CHECK(colours("decode") == R"(fillcolor="#a63603", fontcolor="#ffffff"];)");
  CHECK(colours("encode") == colours("decode"));
  CHECK(colours("write").empty());
  const std::string mermaid = to_mermaid(drawing);
  CHECK(has_line(mermaid, "style n0 fill:#feedde,color:#000000"));
  CHECK(has_line(mermaid, "style n2 fill:#a63603,color:#ffffff"));
  CHECK_FALSE(mermaid.find("style n7") != std::string::npos);
}

TEST_CASE("Names of any kind are drawn as they are", "[graphs]") {
  const Drawing drawing = draw(load(called(R"(a "b" \n &amp; <i>#*; é)")));
  CHECK(to_dot(drawing).find(R"([label="a \"b\" \\n &amp;amp; <i>#*; é\nroute",)") !=
        std::string::npos);
  CHECK(to_mermaid(drawing).find(
            R"({"a #34;b#34; #92;n #38;amp#59; #60;i#62;#35;#42;#59; é<br>route"})") !=
        std::string::npos);
}

TEST_CASE("A control character in a name is no part of a picture", "[graphs]") {
  std::string yaml = kWays;
  yaml.replace(yaml.find("name: ways"), 10, R"(name: "a\n\x01b")");
  const Drawing drawing = draw(load(yaml));
  CHECK(to_dot(drawing).starts_with("digraph \"a\uFFFD\uFFFDb\" {\n"));
  CHECK(to_mermaid(drawing).starts_with("flowchart LR\n  %% a\uFFFD\uFFFDb\n"));
}
