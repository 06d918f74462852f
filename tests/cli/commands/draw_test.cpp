// imagemill draw.
#include "tests/cli/workplace.h"
#include "tests/support/catch.h"

using namespace imagemill::testing;

namespace {

// imagemill draw … with a PATH in which there is only this folder.
Finished draw_with_path(const std::string& path, std::vector<std::string> arguments) {
  std::vector<std::string> command = imagemill_command(std::move(arguments));
  command.insert(command.begin(), {"/usr/bin/env", "PATH=" + path});
  return Process(command).wait();
}

void write_program(const Workplace& work, const std::string& name, const std::string& script) {
  std::filesystem::permissions(work.folder().write(name, "#!/bin/sh\n" + script),
                               std::filesystem::perms::owner_all);
}

}  // namespace

TEST_CASE("A graph is drawn in DOT", "[cli]") {
  const Workplace work({});
  const Finished drawn = run_imagemill({"draw", work.path("graph.yaml")});
  CHECK(drawn.status == 0);
  CHECK(drawn.err == kNothing);
  CHECK(drawn.out.starts_with("digraph \"\" {\n"));
  CHECK(contains(drawn.out, "  n2 [label=\"resize\\nall workers\", shape=box, style=filled];\n"));
  CHECK(contains(drawn.out, "  n1 -> n2;\n"));
  CHECK(run_imagemill({"draw", work.path("graph.yaml"), "--format", "dot"}).out == drawn.out);
  CHECK(contains(
      run_imagemill({"draw", work.path("graph.yaml"), "--set", "resize.concurrency=1"}).out,
      "resize\\none at a time"));
}

TEST_CASE("A graph is drawn in Mermaid", "[cli]") {
  const Workplace work({});
  const Finished drawn = run_imagemill({"draw", work.path("graph.yaml"), "--format", "mermaid"});
  CHECK(drawn.status == 0);
  CHECK(drawn.err == kNothing);
  CHECK(drawn.out ==
        "flowchart LR\n"
        "  n0([\"read<br>2 I/O threads\"])\n"
        "  n1[\"decode<br>all workers\"]\n"
        "  n2[\"resize<br>all workers\"]\n"
        "  n3[\"encode<br>all workers\"]\n"
        "  n4[(\"write<br>2 I/O threads\")]\n"
        "  n0 --> n1\n"
        "  n1 --> n2\n"
        "  n2 --> n3\n"
        "  n3 --> n4\n");
}

TEST_CASE("A drawing shows what a run has measured", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg()}});
  REQUIRE(work.run({"--stats", work.path("stats.json")}).status == 0);
  const Finished drawn =
      run_imagemill({"draw", work.path("graph.yaml"), "--stats", work.path("stats.json")});
  CHECK(drawn.status == 0);
  CHECK(contains(drawn.out, "label=\"colour: utilisation, 0 % light to 100 % dark\""));
  CHECK(contains(drawn.out, "\\n1 × "));
  CHECK(contains(drawn.out, " % busy\""));
  CHECK(contains(drawn.out, "fillcolor=\"#"));
}

TEST_CASE("Statistics that are none of this graph are refused", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg()}});
  const std::string graph = work.path("graph.yaml");
  REQUIRE(work.run({"--stats", work.path("other.json")}).status == 0);
  std::string stats = work.folder().read("other.json");
  stats.replace(stats.find("\"resize\""), 8, "\"elsewhere\"");
  work.folder().write("other.json", stats);
  const Finished other = run_imagemill({"draw", graph, "--stats", work.path("other.json")});
  CHECK(other.status == 2);
  CHECK(other.out == kNothing);
  CHECK(other.err == "imagemill: '" + work.path("other.json") +
                         "' is of another graph: this one has no node 'elsewhere'\n");
  const Finished none = run_imagemill({"draw", graph, "--stats", graph});
  CHECK(none.status == 2);
  CHECK(none.err == "imagemill: '" + graph + "' is not JSON\n");
  CHECK(run_imagemill({"draw", graph, "--stats", work.path("missing")}).status == 2);
}

TEST_CASE("Graphviz makes the SVG where it is installed", "[cli]") {
  const Workplace work({});
  const std::string graph = work.path("graph.yaml");
  std::filesystem::create_directories(work.path("empty"));
  const Finished without = draw_with_path(work.path("empty"), {"draw", graph, "--format", "svg"});
  CHECK(without.status == 2);
  CHECK(without.out == kNothing);
  CHECK(without.err ==
        "imagemill: svg needs Graphviz, and its program 'dot' is not installed; --format dot or "
        "mermaid does without\n");

  write_program(work, "echo/dot", "echo \"$*\"; /bin/cat\n");
  const Finished with = draw_with_path(work.path("echo"), {"draw", graph, "--format", "svg"});
  CHECK(with.status == 0);
  CHECK(with.err == kNothing);
  CHECK(with.out == "-Tsvg\n" + run_imagemill({"draw", graph}).out);

  write_program(work, "broken/dot", "exit 1\n");
  const Finished broken = draw_with_path(work.path("broken"), {"draw", graph, "--format", "svg"});
  CHECK(broken.status == 2);
  CHECK(broken.err == "imagemill: Graphviz's 'dot' failed\n");
}

TEST_CASE("What can't be drawn is refused", "[cli]") {
  const Workplace work({});
  const std::string graph = work.path("graph.yaml");
  CHECK(run_imagemill({"draw"}).status == 2);
  CHECK(run_imagemill({"draw", work.path("missing.yaml")}).status == 2);
  CHECK(run_imagemill({"draw", graph, "--set", "resize.width=x"}).status == 2);
  const Finished format = run_imagemill({"draw", graph, "--format", "pdf"});
  CHECK(format.status == 2);
  CHECK(format.out == kNothing);
  CHECK(contains(format.err, "'pdf' is not one of: dot mermaid svg"));
}
