// Rules for a graph config, and the messages to its author.
#include "graphs/config/load_graph.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

const std::string kUnits =
    ": give a number from 0 and one of these units: KiB MiB GiB TiB KB MB GB TB B";
const std::string kBridge = "put a node of type 'descriptor' or 'encode' between them";

using Lines = std::vector<std::string>;

Lines diagnostics_of(const std::string& yaml) {
  Lines lines;
  const auto loaded = parse_graph(yaml, "g.yaml");
  if (!loaded) {
    for (const Diagnostic& fault : loaded.error()) lines.push_back(to_string(fault));
  }
  return lines;
}

// The faults of a sound graph in which one line is another.
//  1  imagemill: 1
//  2  name: test
//  3  nodes:
//  4    read: {type: read}
//  5    decode: {type: decode, in: read}
//  6    resize: {type: resize, in: decode, width: 9}
//  7    encode: {type: encode, in: resize}
//  8    write: {type: write, in: encode}
Lines faults_with(std::size_t number, const std::string& line) {
  Lines lines = {"imagemill: 1",
                 "name: test",
                 "nodes:",
                 "  read: {type: read}",
                 "  decode: {type: decode, in: read}",
                 "  resize: {type: resize, in: decode, width: 9}",
                 "  encode: {type: encode, in: resize}",
                 "  write: {type: write, in: encode}"};
  lines.at(number - 1) = line;
  std::string yaml;
  for (const std::string& text : lines) yaml += text + "\n";
  return diagnostics_of(yaml);
}

}  // namespace

TEST_CASE("A sound config becomes a graph in topological order", "[graphs]") {
  const auto loaded = parse_graph(R"(
imagemill: 1
name: backwards
nodes:
  write:  {type: write, in: encode}
  encode: {type: encode, in: [decode]}
  decode: {type: decode, in: read, concurrency: 3}
  read:   {type: read}
run: {input: in, output: out, workers: 3, memory: 2MiB, on_error: stop, max_failures: 2.5%}
)",
                                  "g.yaml");
  REQUIRE(loaded);
  Lines names;
  for (const GraphNode& node : loaded->graph.nodes()) names.push_back(node.name);
  CHECK(names == Lines{"read", "decode", "encode", "write"});
  CHECK(loaded->graph.nodes()[1].concurrency == 3);
  CHECK(loaded->spec.name == "backwards");
  CHECK(loaded->spec.run.input == "in");
  CHECK(loaded->spec.run.output == "out");
  CHECK(loaded->spec.run.workers.count == 3);
  CHECK(loaded->spec.run.memory.bytes == 2 << 20);
  CHECK(loaded->spec.run.on_error == OnError::stop);
  CHECK(loaded->spec.run.max_failures == FailureLimit{.share = 0.025});
}

TEST_CASE("What a config does not say has its default", "[graphs]") {
  CHECK(faults_with(2, "").empty());
  const auto loaded = parse_graph(
      "imagemill: 1\nnodes:\n  read: {type: read}\n  write: {type: write, in: read}\n", "g.yaml");
  REQUIRE(loaded);
  CHECK(loaded->spec.run.workers.count == 0);
  CHECK(loaded->spec.run.memory.bytes == 1 << 30);
  CHECK(loaded->spec.run.on_error == OnError::skip);
  CHECK(loaded->graph.nodes()[0].concurrency == 2);
}

TEST_CASE("The format version is checked", "[graphs]") {
  CHECK(faults_with(1, "") == Lines{"g.yaml:2:1: the format version is missing: 'imagemill: 1'"});
  CHECK(faults_with(1, "imagemill: 2") ==
        Lines{"g.yaml:1:12: this program reads version 1 of the format: 'imagemill: 1'"});
  CHECK(faults_with(1, "imagemill: [1]") ==
        Lines{"g.yaml:1:12: this program reads version 1 of the format: 'imagemill: 1'"});
}

TEST_CASE("An unknown key is named with its nearest spelling", "[graphs]") {
  CHECK(faults_with(2, "nmae: test") ==
        Lines{"g.yaml:2:1: unknown key 'nmae'; did you mean 'name'?"});
  CHECK(faults_with(2, "author: me") == Lines{"g.yaml:2:1: unknown key 'author'"});
  CHECK(faults_with(2, "run: {inptu: photos}") ==
        Lines{"g.yaml:2:7: unknown key 'inptu'; did you mean 'input'?"});
}

TEST_CASE("A misspelt node, type or parameter is named with its nearest spelling", "[graphs]") {
  CHECK(faults_with(5, "  decode: {type: decode, in: raed}") ==
        Lines{"g.yaml:5:30: no node is named 'raed'; did you mean 'read'?"});
  CHECK(faults_with(6, "  resize: {type: rezise, in: decode}") ==
        Lines{"g.yaml:6:18: unknown node type 'rezise'; did you mean 'resize'?"});
  CHECK(faults_with(6, "  resize: {type: resize, in: decode, widht: 9}") ==
        Lines{"g.yaml:6:38: node type 'resize' has no parameter 'widht'; did you mean 'width'?"});
  CHECK(faults_with(6, "  resize: {type: resize, in: decode, width: 9, concurency: 2}") ==
        Lines{"g.yaml:6:48: node type 'resize' has no parameter 'concurency'; did you mean "
              "'concurrency'?"});
  CHECK(faults_with(6, "  resize: {type: sharpen, in: decode}") ==
        Lines{"g.yaml:6:18: unknown node type 'sharpen'"});
}

TEST_CASE("A value of the wrong kind is refused where it stands", "[graphs]") {
  CHECK(faults_with(6, "  resize: {type: resize, in: decode, width: wide}") ==
        Lines{"g.yaml:6:38: width: 'wide' is not a length (px or %) (0 to 65500px or 10000%)"});
  CHECK(faults_with(6, "  resize: {type: resize, in: decode, width: 9, fit: fil}") ==
        Lines{"g.yaml:6:48: fit: 'fil' is not one of: cover contain fill inside outside; did you "
              "mean 'fill'?"});
  CHECK(faults_with(7, "  encode: {type: encode, in: resize, quality: 101}") ==
        Lines{"g.yaml:7:38: quality: '101' is not a whole number (1 to 100)"});
  CHECK(faults_with(7, "  encode: {type: encode, in: resize, progressive: yes}") ==
        Lines{"g.yaml:7:38: progressive: 'yes' is not true or false"});
  CHECK(faults_with(7, "  encode: {type: encode, in: resize, quality: {a: 1}}").front() ==
        "g.yaml:7:48: quality: a single value is needed, not a map");
}

TEST_CASE("What must hold between parameters is said of the node", "[graphs]") {
  CHECK(faults_with(6, "  resize: {type: resize, in: decode}") ==
        Lines{"g.yaml:6:3: give width, height or both"});
  CHECK(faults_with(6, "  resize: {type: watermark, in: decode}") ==
        Lines{"g.yaml:6:3: give the text to draw"});
}

TEST_CASE("Concurrency is a number that the node type allows", "[graphs]") {
  for (const std::string bad : {"0", "-1", "1025", "two", "1.5", "\"\""}) {
    const std::string value = bad == "\"\"" ? "" : bad;
    CHECK(faults_with(5, "  decode: {type: decode, in: read, concurrency: " + bad + "}") ==
          Lines{"g.yaml:5:49: concurrency: '" + value + "' is not a whole number (1 to 1024)"});
  }
  CHECK(faults_with(5, "  decode: {type: decode, in: read, concurrency: 1024}").empty());
}

TEST_CASE("A node must be wired to what it needs", "[graphs]") {
  CHECK(
      faults_with(8, "  write: {type: write}") ==
      Lines{
          "g.yaml:7:3: nothing takes the output of node 'encode'",
          "g.yaml:8:3: node 'write' needs one input: say which node it follows, as in 'in: NODE'"});
  CHECK(faults_with(8, "  write: {type: write, in: [encode, resize]}") ==
        Lines{"g.yaml:8:28: node 'write' needs one input, not 2"});
  CHECK(
      faults_with(8, "  write: {type: write, in: resize}") ==
      Lines{"g.yaml:7:3: nothing takes the output of node 'encode'",
            "g.yaml:8:28: 'write' needs 'encoded', but 'resize' gives 'image'; put a node of type "
            "'descriptor' or 'encode' between them"});
  CHECK(faults_with(6, "  resize: {type: resize, in: write, width: 9}") ==
        Lines{"g.yaml:5:3: nothing takes the output of node 'decode'",
              "g.yaml:6:30: 'write' is a write node, which has no output"});
}

TEST_CASE("A graph has one source, and its nodes are connected", "[graphs]") {
  CHECK(faults_with(2, "").empty());
  CHECK(diagnostics_of("imagemill: 1\nnodes:\n  write: {type: write, in: write2}\n  write2: {type: "
                       "encode, in: write2}\n")
            .size() == 3);  // and a cycle
  CHECK(faults_with(8,
                    "  write: {type: write, in: encode}\n  more: {type: read}\n  write2: {type: "
                    "write, in: more}") ==
        Lines{"g.yaml:9:16: a second source: a graph has one, and it is 'read'"});
  CHECK(faults_with(4, "  read: {type: read, in: write}") ==
        Lines{"g.yaml:4:26: node type 'read' is a source and takes no input"});
}

TEST_CASE("A cycle is named by its nodes", "[graphs]") {
  CHECK(faults_with(8,
                    "  write: {type: write, in: encode}\n  a: {type: resize, in: b, width: 1}\n  "
                    "b: {type: resize, in: a, width: 1}") ==
        Lines{"g.yaml:9:25: a cycle runs through these nodes: a, b"});
}

TEST_CASE("What is given twice is refused", "[graphs]") {
  CHECK(faults_with(2, "imagemill: 1") == Lines{"g.yaml:2:1: 'imagemill' is given twice"});
  CHECK(faults_with(8, "  write: {type: write, in: encode}\n  read: {type: read}") ==
        Lines{"g.yaml:9:3: 'read' is given twice"});
  CHECK(faults_with(6, "  resize: {type: resize, in: decode, width: 9, width: 9}") ==
        Lines{"g.yaml:6:48: 'width' is given twice"});
  CHECK(faults_with(2, "run: {memory: 1GiB, memory: 2GiB}") ==
        Lines{"g.yaml:2:21: 'memory' is given twice"});
}

TEST_CASE("The run section is checked like a node", "[graphs]") {
  CHECK(faults_with(2, "run: {workers: none}") ==
        Lines{"g.yaml:2:16: workers: 'none' is not a number of workers, or auto"});
  CHECK(faults_with(2, "run: {workers: 0}") ==
        Lines{"g.yaml:2:16: workers: '0' is not a number of workers, or auto"});
  CHECK(faults_with(2, "run: {memory: 1KiB}") ==
        Lines{"g.yaml:2:15: memory: '1KiB' is not a size in bytes (at least 1MiB)"});
  CHECK(faults_with(2, "run: {on_error: sotp}") ==
        Lines{"g.yaml:2:17: on_error: 'sotp' is not one of: skip stop; did you mean 'stop'?"});
  CHECK(faults_with(2, "run: [input]") == Lines{"g.yaml:2:6: 'run' must be a map"});
  CHECK(faults_with(2, "run: {workers: auto, memory: 1MiB, on_error: skip}").empty());
  for (const std::string limit : {"0", "20", "1%", "0.5%", "100%", "any"}) {
    CHECK(faults_with(2, "run: {max_failures: " + limit + "}").empty());
  }
  for (const std::string limit : {"-1", "101%", "some", "1.5", "%"}) {
    CHECK(faults_with(2, "run: {max_failures: \"" + limit + "\"}").size() == 1);
  }
}

TEST_CASE("Parts of the wrong shape are refused", "[graphs]") {
  CHECK(faults_with(2, "name: [a, b]") == Lines{"g.yaml:2:7: 'name' must be a single value"});
  CHECK(faults_with(5, "  decode: decode").back() ==
        "g.yaml:5:11: node 'decode' must be a map, as in '{type: decode, in: read}'");
  CHECK(faults_with(5, "  decode: {in: read}") == Lines{"g.yaml:5:3: node 'decode' has no type"});
  CHECK(faults_with(8, "  write: {type: write, in: encode}\n  [a]: {type: read}") ==
        Lines{"g.yaml:9:3: a key must be a plain word"});
  CHECK(faults_with(8, "  write.x: {type: write, in: encode}") ==
        Lines{"g.yaml:8:3: a node's name is a word without dots"});
  CHECK(diagnostics_of("imagemill: 1\n") == Lines{"g.yaml:1:1: the graph has no nodes"});
  CHECK(diagnostics_of("imagemill: 1\nnodes: [read]\n") ==
        Lines{"g.yaml:2:8: 'nodes' must be a map from node names to nodes, as in 'decode: {type: "
              "decode, in: read}'"});
  CHECK(diagnostics_of("- imagemill\n") ==
        Lines{"g.yaml:1:1: a graph config is a map with the keys imagemill, name, nodes and run"});
}

TEST_CASE("Inputs, outputs and fields are checked where they stand", "[graphs]") {
  const auto faults = [](const std::string& nodes) {
    return diagnostics_of("imagemill: 1\nnodes:\n  read: {type: read}\n" + nodes);
  };
  CHECK(faults("  way: {type: route, in: read, outputs: {large: width > 9, small: always}}\n"
               "  a: {type: write, in: way.lagre}\n  b: {type: write, in: way.small}\n") ==
        Lines{"g.yaml:5:24: no output is named 'way.lagre'; node 'way' has 'way.large' and "
              "'way.small'"});
  CHECK(faults("  way: {type: route, in: read, outputs: {large: width > 9, small: always}}\n"
               "  b: {type: write, in: way.small}\n") ==
        Lines{"g.yaml:4:3: nothing takes the output 'way.large'"});
  CHECK(faults("  way: {type: filter, in: read}\n  d: {type: resize, in: way, width: 9}\n"
               "  e: {type: encode, in: d}\n  b: {type: write, in: e}\n") ==
        Lines{"g.yaml:5:25: 'd' needs 'image', but 'way' gives 'encoded'; put a node of type "
              "'decode' between them"});
  CHECK(faults("  decode: {type: decode, in: read}\n"
               "  both: {type: compose, in: {base: decode, overlya: decode}}\n"
               "  e: {type: encode, in: both}\n  b: {type: write, in: e}\n") ==
        Lines{"g.yaml:5:29: node type 'compose' has no input 'overlya'; it has 'base' and "
              "'overlay'"});
  CHECK(faults("  decode: {type: decode, in: read}\n  both: {type: compose, in: decode}\n"
               "  e: {type: encode, in: both}\n  b: {type: write, in: e}\n") ==
        Lines{"g.yaml:5:29: node type 'compose' has several inputs: name them, as in 'in: {base: "
              "NODE, overlay: NODE}'"});
  CHECK(faults("  b: {type: write, in: read, path: \"{exif.Modle}/{name}\"}\n") ==
        Lines{"g.yaml:4:30: no field is named '{exif.Modle}'; did you mean 'exif.Model'?"});
  CHECK(faults("  b: {type: write, in: read, path: \"{exif.Model:%Y}/{name}\"}\n") ==
        Lines{"g.yaml:4:30: the field '{exif.Model}' is no date, and has no parts"});
  CHECK(faults("  b: {type: write, in: read, path: \"{exif.DateTmie:%Y}/{name}\"}\n") ==
        Lines{"g.yaml:4:30: no field is named '{exif.DateTmie}'; did you mean 'exif.DateTime'?"});
  CHECK(faults("  b: {type: write, in: read, path: \"{exif.DateTime:%Y/%m}/{name}\"}\n").empty());
  CHECK(faults("  decode: {type: decode, in: read}\n  tiles: {type: tiles, in: decode}\n"
               "  e: {type: encode, in: tiles}\n  b: {type: write, in: e}\n") ==
        Lines{"g.yaml:7:3: 'tiles' splits items into parts, which 'b' would write to one path: "
              "use the field {number}, or {column} and {row}"});
  CHECK(faults("  b: {type: write, in: read, path: \"{column}/{name}\"}\n") ==
        Lines{"g.yaml:4:30: the field '{column}' exists only behind a node that splits items "
              "into parts, such as 'tiles'"});
  CHECK(faults("  logo: {type: image}\n  b: {type: write, in: read}\n") ==
        Lines{"g.yaml:4:3: give the file of the picture",
              "g.yaml:4:3: nothing takes the output of node 'logo'"});
}

TEST_CASE("A path that says another format than what comes to it is refused", "[graphs]") {
  const auto faults = [](const std::string& nodes, const std::string& path) {
    return diagnostics_of("imagemill: 1\nnodes:\n  read: {type: read}\n" + nodes +
                          "  write: {type: write, in: out, path: \"" + path + "\"}\n");
  };
  const std::string decode = "  decode: {type: decode, in: read}\n";
  const std::string jpeg = decode + "  out: {type: encode, in: decode}\n";
  const std::string png = decode + "  out: {type: encode, in: decode, format: png}\n";
  const std::string dzi = decode + "  out: {type: descriptor, in: decode}\n";
  const std::string any = "  out: {type: filter, in: read}\n";
  CHECK(faults(jpeg, "{stem}.webp") ==
        Lines{"g.yaml:6:33: path: '{stem}.webp' names a WebP file, but the input is jpg: end "
              "it in {ext}, or encode another format"});
  CHECK(faults(jpeg, "{stem}.PNG").size() == 1);
  CHECK(faults(png, "{stem}-{{x}}.jpeg").size() == 1);
  CHECK(faults(dzi, "{stem}.jpg").size() == 1);
  CHECK(faults(any, "{stem}.gif") ==
        Lines{"g.yaml:5:33: path: '{stem}.gif' names a GIF file, but the input is jpg or png: "
              "end it in {ext}, or encode another format"});
  for (const char* path : {"{stem}.jpg", "{stem}.JPEG", "{stem}.jfif", "{name}", "{stem}.{ext}",
                           "{stem}", "x.png/{stem}", "{stem}.thumb", "png", "{stem}.png.{ext}",
                           "{stem}.jpg~", "{exif.DateTime:%Y.%m}{stem}"}) {
    INFO(path);
    CHECK(faults(jpeg, path).empty());
  }
  CHECK(faults(png, "{stem}.png").empty());
  CHECK(faults(any, "{stem}.png").empty());
  CHECK(faults(dzi, "{stem}.xml").empty());
}

TEST_CASE("All faults are reported at once, in the order of the file", "[graphs]") {
  CHECK(diagnostics_of(R"(imagemill: 3
nodes:
  read: {type: raed}
  decode: {type: decode, in: read, max_pixels: 0}
  resize: {type: resize, in: decoed, wdith: 9}
  write: {type: write, in: resize, path: "{nmae}"}
run: {worker: 3, memory: much}
)") == Lines{"g.yaml:1:12: this program reads version 1 of the format: 'imagemill: 1'",
             "g.yaml:3:16: unknown node type 'raed'; did you mean 'read'?",
             "g.yaml:4:36: max_pixels: '0' is not a whole number (at least 1)",
             "g.yaml:5:30: no node is named 'decoed'; did you mean 'decode'?",
             "g.yaml:5:38: node type 'resize' has no parameter 'wdith'; did you mean 'width'?",
             "g.yaml:6:28: 'write' needs 'encoded', but 'resize' gives 'image'; " + kBridge,
             "g.yaml:6:36: path: '{nmae}' is not a path template (fields: " +
                 std::string(ItemTemplate::kFields) +
                 "): no field is named 'nmae'; did you mean 'name'?",
             "g.yaml:7:7: unknown key 'worker'; did you mean 'workers'?",
             "g.yaml:7:26: memory: 'much' is not a size in bytes (at least 1MiB)" + kUnits});
}

TEST_CASE("A config file is read from the disk and named in its faults", "[graphs]") {
  const TemporaryFolder folder;
  const auto good = folder.write(
      "good.yaml", "imagemill: 1\nnodes: {read: {type: read}, write: {type: write, in: read}}\n");
  CHECK(load_graph(good));
  const auto bad = folder.write("bad.yaml", "imagemill: 1\nnodes: {read: {type: raed}}\n");
  const auto loaded = load_graph(bad);
  REQUIRE_FALSE(loaded);
  CHECK(to_string(loaded.error().front()) ==
        bad.string() + ":2:22: unknown node type 'raed'; did you mean 'read'?");
}
