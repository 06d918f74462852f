// imagemill check, and the configs by which the parser and the schema are held against each other.
#include <algorithm>

#include "tests/cli/workplace.h"
#include "tests/support/catch.h"
#include "tests/support/command.h"

using namespace imagemill::testing;

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> configs_in(const fs::path& folder) {
  std::vector<fs::path> configs;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") configs.push_back(entry.path());
  }
  std::sort(configs.begin(), configs.end());
  return configs;
}

const fs::path kAccepted = fs::path(IMAGEMILL_CLI_TESTS) / "accepted";
// Checks a config in a folder, where the files are that it names.
Finished check_in(const fs::path& folder, const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {"check"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return Process(imagemill_command(all), folder.string()).wait();
}

const fs::path kConfigs = IMAGEMILL_CONFIGS;
const fs::path kRefused = fs::path(IMAGEMILL_CLI_TESTS) / "refused";

}  // namespace

TEST_CASE("A sound graph is confirmed: what each node takes, and how it runs", "[cli]") {
  const Finished checked =
      check_in(kConfigs, {(kAccepted / "ways.yaml").string(), "--set", "badge.concurrency=3"});
  CHECK(checked.status == 0);
  CHECK(checked.err == kNothing);
  CHECK(checked.out.starts_with((kAccepted / "ways.yaml").string() + ": 11 nodes, no faults\n\n"));
  CHECK(
      checked.out.substr(checked.out.find("\n\n") + 2) ==
      "node     type     takes                                                     concurrency\n"
      "───────────────────────────────────────────────────────────────────────────────────────────"
      "──\n"
      "read     read                                                               2 I/O threads\n"
      "jpegs    filter   encoded from read\n"
      "decode   decode   encoded from jpegs                                        all workers\n"
      "logo     image\n"
      "by_size  route    image from decode\n"
      "badge    compose  base: image from by_size.large, overlay: image from logo  3 workers at "
      "most\n"
      "encode   encode   image from badge                                          all workers\n"
      "write    write    encoded from encode                                       2 I/O threads\n"
      "cut      tiles    image from by_size.small                                  all workers\n"
      "pieces   encode   image from cut                                            all workers\n"
      "tile     write    encoded from pieces                                       2 I/O "
      "threads\n");
}

TEST_CASE("Every config is checked without its input and without a trace", "[cli]") {
  for (const fs::path& config : configs_in(kConfigs)) {
    INFO(config);
    const Finished checked = check_in(kConfigs.parent_path(), {config.string()});
    CHECK(checked.status == 0);
    CHECK(checked.err == kNothing);
    CHECK(checked.out.starts_with(config.stem().string() + ": "));
  }
}

TEST_CASE("What is wrong with a graph is told as run tells it", "[cli]") {
  const TemporaryFolder folder;
  const std::string graph = folder.write("g.yaml", R"(imagemill: 1
nodes:
  read:   {type: read}
  decode: {type: decode, in: raed, depht: 8}
  encode: {type: encode, in: decode, quality: 800}
  write:  {type: write, in: encode}
)");
  const Finished checked = run_imagemill({"check", graph});
  CHECK(checked.status == 2);
  CHECK(checked.out == kNothing);
  CHECK(checked.err == graph + ":4:30: no node is named 'raed'; did you mean 'read'?\n" + graph +
                           ":4:36: node type 'decode' has no parameter 'depht'; did you mean "
                           "'depth'?\n" +
                           graph + ":5:38: quality: '800' is not a whole number (1 to 100)\n");
  CHECK(run_imagemill({"run", graph}).err == checked.err);
  CHECK(run_imagemill({"check", folder / "missing.yaml"}).status == 2);
  const Finished set = run_imagemill({"check", graph, "--set", "encode.quality=0"});
  CHECK(contains(set.err, "--set encode.quality=0: quality: '0' is not"));
}

namespace {

// A graph of these nodes behind `read`, which is on line 3, and a run section.
std::string graph_of(const std::string& nodes, const std::string& run = "") {
  return "imagemill: 1\nnodes:\n  read:   {type: read}\n" + nodes + run;
}

// Photos in in/, a config g.yaml.
struct Checked {
  TemporaryFolder folder;
  explicit Checked(const std::string& graph) {
    fs::create_directories(folder / "in");
    write_files(folder / "in", {{"a.jpg", small_jpeg(1)}, {"b.jpg", small_jpeg(2)}});
    folder.write("g.yaml", graph);
  }
  Finished check(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"g.yaml"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return check_in(folder.path(), arguments);
  }
  Finished run() const {
    return Process(imagemill_command({"run", "g.yaml", "--input", "in", "--output", "out"}),
                   folder.path().string())
        .wait();
  }
  // Whether both refuse it, check with these words and no file made.
  bool refused(const std::string& message) const {
    fs::remove_all(folder / "out");
    const Finished checked = check({"--input", "in"});
    CHECK(checked.err == "g.yaml:" + message + "\n");
    CHECK(checked.out == kNothing);
    CHECK_FALSE(fs::exists(folder / "out"));
    const Finished ran = run();
    CHECK(ran.err == checked.err);
    return checked.status == 2 && ran.status == 2;
  }
};

const std::string kEnd =
    "  encode: {type: encode, in: last}\n  write:  {type: write, in: encode}\n";

}  // namespace

TEST_CASE("A picture that is missing, or none, keeps a graph from running", "[cli]") {
  const Checked place(
      graph_of("  decode: {type: decode, in: read}\n"
               "  logo:\n    type: image\n    file: logo.png\n"
               "  last:   {type: compose, in: {base: decode, overlay: logo}}\n" +
               kEnd));
  CHECK(place.refused("7:5: 'logo.png': cannot open: No such file or directory"));
  place.folder.write("logo.png", "no picture");
  CHECK(place.refused("7:5: 'logo.png': the file has no JPEG or PNG signature"));
  const Bytes whole = png_file(noise({40, 30}, {3, 8}, 1));
  place.folder.write("logo.png", std::string(whole.begin(), whole.end() - 200));
  CHECK(place.check().status == 2);
  place.folder.write("logo.png", std::string(whole.begin(), whole.end()));
  CHECK(place.check().status == 0);
  CHECK(place.run().status == 0);
}

TEST_CASE("A font that is missing, or text that is none, keeps a graph from running", "[cli]") {
  const auto graph = [](const std::string& params) {
    return graph_of("  decode: {type: decode, in: read}\n  last:   {type: watermark, in: decode, " +
                    params + "}\n" + kEnd);
  };
  const Checked no_font(graph("text: x, font: ./none.ttf"));
  CHECK(no_font.check().err.starts_with("g.yaml:5:50: "));
  CHECK(contains(no_font.check().err, "none.ttf"));
  CHECK(no_font.check().status == 2);
  CHECK(no_font.run().status == 2);
  const Checked no_text(graph("text: \"\xFF\""));
  CHECK(no_text.check().status == no_text.run().status);
}

TEST_CASE("A number in the source's order needs one", "[cli]") {
  const Checked place(graph_of("  write:  {type: write, in: read, path: \"{index:3}.{ext}\"}\n"));
  const std::string fault =
      "the field {index} needs a list of files as input, or 'order: sorted' at the source: a "
      "folder's files come in no order to rely on";
  CHECK(place.refused("4:35: " + fault));
  CHECK(place.check({"--set", "read.order=sorted", "--input", "in"}).status == 0);
  place.folder.write("list.txt", "in/a.jpg\n");
  CHECK(place.check({"--input", "list.txt"}).err == kNothing);
  CHECK(place.check({"--input", "in", "--list", "list.txt"}).err == kNothing);
  // Whatever the input will be.
  const Finished unknown = place.check();
  CHECK(unknown.status == 0);
  CHECK(unknown.err == "g.yaml:4:35: warning: " + fault + "\n");
}

TEST_CASE("Paths that all items share are a warning, for there may be one", "[cli]") {
  const auto warned = [](const std::string& path) {
    const Checked place(graph_of("  write:  {type: write, in: read, path: \"" + path + "\"}\n"));
    const Finished checked = place.check();
    CHECK(checked.status == 0);
    if (checked.err == kNothing) return false;
    CHECK(checked.err ==
          "g.yaml:4:35: warning: no field tells the paths of two items apart, so that only the "
          "first is written: use {stem}, {name} or {index}\n");
    return true;
  };
  CHECK(warned("x.jpg"));
  CHECK(warned("all.{ext}"));
  CHECK(warned("{format}/all.{ext}"));
  CHECK_FALSE(warned("{stem}.{ext}"));
  CHECK_FALSE(warned("{dir}/all.{ext}"));
  CHECK_FALSE(warned("{width}.{ext}"));
  CHECK_FALSE(warned("{exif.DateTime:%Y}.{ext}"));
}

TEST_CASE("A path of another format keeps a graph from running", "[cli]") {
  const Checked place(
      graph_of("  last:   {type: decode, in: read}\n"
               "  encode: {type: encode, in: last}\n"
               "  write:  {type: write, in: encode, path: \"{stem}.webp\"}\n"));
  CHECK(
      place.refused("6:37: path: '{stem}.webp' names a WebP file, but the input is jpg: end it "
                    "in {ext}, or encode another format"));
}

TEST_CASE("Folders that may not lie as they do keep a graph from running", "[cli]") {
  const std::string nodes = "  write:  {type: write, in: read}\n";
  const auto checked = [&](const std::string& run) {
    const Checked place(graph_of(nodes, "run:\n" + run));
    const Finished seen = place.check();
    const Finished ran =
        Process(imagemill_command({"run", "g.yaml"}), place.folder.path().string()).wait();
    CHECK(seen.status == ran.status);
    return seen.err.substr(0, seen.err.find(": ") + 2);
  };
  CHECK(checked("  input: in\n  output: in/out\n") == "g.yaml:7:11: ");
  CHECK(checked("  input: in\n  output: in\n") == "g.yaml:7:11: ");
  CHECK(checked("  input: in\n  output: in/out\n  nested: allow\n") == kNothing);
  CHECK(checked("  input: in\n  output: out\n  quarantine: out/bad\n") == "g.yaml:8:15: ");
  CHECK(checked("  input: in\n  output: out\n  quarantine: .\n") == "g.yaml:8:15: ");
  CHECK(checked("  input: in\n  output: out\n  quarantine: bad\n") == kNothing);
}

TEST_CASE("A quarantine in the input keeps a graph from running, whatever the output", "[cli]") {
  const Checked place(
      graph_of("  write:  {type: write, in: read}\n", "run:\n  input: in\n  quarantine: in/bad\n"));
  const Finished checked = place.check();
  CHECK(checked.status == 2);
  CHECK(checked.err.starts_with("g.yaml:7:15: the quarantine 'in/bad' and the input folder"));
}

TEST_CASE("An input that the command line names has to be there", "[cli]") {
  const Checked place(graph_of("  write:  {type: write, in: read}\n", "run:\n  input: later\n"));
  CHECK(place.check().status == 0);
  const Finished input = place.check({"--input", "inn"});
  CHECK(input.status == 2);
  CHECK(input.err.starts_with("--input inn: the input 'inn' is neither a folder"));
  const Finished list = place.check({"--input", "in", "--list", "none.txt"});
  CHECK(list.status == 2);
  CHECK(list.err.starts_with("--list none.txt: the list 'none.txt' is not a readable file"));
  CHECK(place.check({"--input", "in"}).status == 0);
}

TEST_CASE("Pictures that memory does not hold together keep a graph from running", "[cli]") {
  const Checked place(
      graph_of("  decode: {type: decode, in: read}\n"
               "  one:    {type: image, file: logo.png}\n"
               "  two:    {type: image, file: logo.png}\n"
               "  with:   {type: compose, in: {base: decode, overlay: one}}\n"
               "  last:   {type: compose, in: {base: with, overlay: two}}\n" +
                   kEnd,
               "run:\n  memory: 2600KiB\n"));
  const Bytes logo = png_file(noise({600, 500}, {3, 8}, 1));
  place.folder.write("logo.png", std::string(logo.begin(), logo.end()));
  const Finished checked = place.check({"--input", "in"});
  CHECK(checked.status == 2);
  CHECK(contains(checked.err, "g.yaml:6:"));
  CHECK_FALSE(contains(checked.err, "g.yaml:5:"));
  CHECK(place.run().err == checked.err);
}

TEST_CASE("What the schema is tested with, the parser takes and refuses as well", "[cli]") {
  REQUIRE(configs_in(kAccepted).size() >= 2);
  for (const fs::path& config : configs_in(kAccepted)) {
    INFO(config);
    CHECK(check_in(kConfigs, {config.string()}).err == kNothing);
  }
  REQUIRE(configs_in(kRefused).size() >= 20);
  for (const fs::path& config : configs_in(kRefused)) {
    INFO(config);
    CHECK(run_imagemill({"check", config.string()}).status == 2);
  }
}
