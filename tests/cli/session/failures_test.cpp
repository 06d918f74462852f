// imagemill run: runs that fail, in part or before they begin.
#include <algorithm>

#include "tests/cli/workplace.h"
#include "tests/support/catch.h"

using namespace imagemill::testing;

namespace {

using Names = std::vector<std::string>;

Files with_broken() {
  const Bytes whole = small_jpeg();
  return {{"a.jpg", whole},
          {"broken.jpg", Bytes(whole.begin(), whole.end() - 200)},
          {"c.jpg", small_jpeg(3)}};
}

}  // namespace

TEST_CASE("A broken image fails, the others are written", "[cli]") {
  const std::string executor = GENERATE("flow", "serial");
  const Workplace work(with_broken());
  const Finished run = work.run({"--executor", executor});
  CHECK(run.status == 1);
  CHECK(run.err ==
        "failed: decode: broken.jpg: truncated: the picture's data ends at row 16 of 30\n");
  CHECK(contains(run.out, "(2 ok, 1 failed; "));
  CHECK(work.outputs() == Names{"a.jpg", "c.jpg"});
}

TEST_CASE("A run that stops on errors writes no more than came before", "[cli]") {
  Files files;
  for (int i = 0; i < 200; ++i) files["z" + std::to_string(i) + ".jpg"] = small_jpeg();
  files["broken.jpg"] = bytes_of("broken");
  const Workplace work(files);
  const Finished run = work.run({"--on-error", "stop", "--executor", "serial"});
  CHECK(run.status == 1);
  CHECK(contains(run.err, "failed: read: broken.jpg: not_an_image"));
  CHECK(work.outputs().empty());
  const Finished parallel = work.run({"--on-error", "stop", "--workers", "2"});
  CHECK(parallel.status == 1);
  CHECK(work.outputs().size() < 100);
}

TEST_CASE("A quarantine receives what has failed", "[cli]") {
  const Workplace work(with_broken());
  const Finished run = work.run({"--quarantine", work.path("sick")});
  CHECK(run.status == 1);
  CHECK(run.err.ends_with("1 failed image in the quarantine '" + work.path("sick") + "'\n"));
  const Files sick = read_files(work.path("sick"));
  CHECK(sick.size() == 3);  // and what says that it is a quarantine
  CHECK(sick.at("broken.jpg") == with_broken().at("broken.jpg"));
  CHECK(sick.contains("broken.jpg.failed.jsonl"));
  const Finished refused = work.run({"--quarantine", work.path("out/sick")});
  CHECK(refused.status == 2);
  CHECK(contains(refused.err, "bad_quarantine: "));
}

TEST_CASE("Where there is no input, nothing is made", "[cli]") {
  const Workplace work({});
  std::filesystem::remove(work.input());
  const Finished run = work.run({"--quarantine", work.path("sick")});
  CHECK(run.status == 2);
  CHECK(contains(run.err, "not_a_folder: "));
  CHECK(!std::filesystem::exists(work.output()));
  CHECK(!std::filesystem::exists(work.path("sick")));
}

TEST_CASE("What is said into a closed stream is lost, and gets into no file", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg()}});
  const std::string script = "exec \"$0\" \"$@\" >&- 2>&-";
  std::vector<std::string> command = {"sh", "-c", script};
  for (const std::string& word : imagemill_command(work.command())) command.push_back(word);
  CHECK(Process(command).wait().status == 1);
  CHECK(work.outputs() == Names{"a.jpg"});
  // Nor can it be opened by its name.
  command.insert(command.end(), {"--manifest", "/dev/stdout"});
  CHECK(Process(command).wait().status == 2);
}

TEST_CASE("Only the first failures are printed", "[cli]") {
  Files files;
  for (int i = 0; i < 15; ++i) files["broken" + std::to_string(i) + ".jpg"] = bytes_of("broken");
  const Workplace work(files);
  const Finished run = work.run();
  CHECK(run.status == 1);
  CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 11);
  CHECK(contains(run.err, "… and 5 more (--failures FILE lists them all)\n"));
}

TEST_CASE("Control characters of a file name do not reach the terminal", "[cli]") {
  const Workplace work({{"\x1b[31mred\n.jpg", bytes_of("broken")}});
  const Finished run = work.run();
  CHECK(run.status == 1);
  CHECK(run.err.starts_with("failed: read: \\x1b[31mred\\x0a.jpg: not_an_image: "));
}

TEST_CASE("Two inputs to one output: the later fails and both are named", "[cli]") {
  const std::string executor = GENERATE("flow", "serial");
  const Workplace work({{"a.jpg", small_jpeg(1)},
                        {"a.png", png_file(noise({40, 30}, {3, 8}, 2))},
                        {"b.jpg", small_jpeg(3)}});
  const Workplace alone({{"a.jpg", small_jpeg(1)}});
  REQUIRE(alone.run().status == 0);
  const Finished run = work.run({"--executor", executor});
  CHECK(run.status == 1);
  CHECK(run.err ==
        "failed: write: a.png: output_conflict: its output 'a.jpg' clashes with that of 'a.jpg'\n");
  CHECK(work.outputs() == Names{"a.jpg", "b.jpg"});
  CHECK(read_bytes(work.output() / "a.jpg") == read_bytes(alone.output() / "a.jpg"));
}

TEST_CASE("A faulty config runs nothing and writes nothing", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg()}});
  work.folder().write(
      "graph.yaml",
      "imagemill: 1\nnodes:\n  read: {type: raed}\n  write: {type: write, in: read, pth: x}\n");
  const Finished run = work.run(
      {"--manifest", work.path("m"), "--stats", work.path("s"), "--failures", work.path("f")});
  CHECK(run.status == 2);
  CHECK(run.out == kNothing);
  const std::string file = work.path("graph.yaml");
  CHECK(run.err == file + ":3:16: unknown node type 'raed'; did you mean 'read'?\n" + file +
                       ":4:34: node type 'write' has no parameter 'pth'; did you mean 'path'?\n");
  CHECK(work.folder().files() == Names{"graph.yaml", "in/a.jpg"});
}

TEST_CASE("A config that is not there runs nothing", "[cli]") {
  const Workplace work({});
  const Finished run = run_imagemill(
      {"run", work.path("missing.yaml"), "--input", work.input(), "--output", work.output()});
  CHECK(run.status == 2);
  CHECK(run.err == work.path("missing.yaml") + ": cannot open: No such file or directory\n");
}

TEST_CASE("A faulty flag runs nothing and is named", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg()}});
  const auto fails = [&](const std::vector<std::string>& flags, const std::string& message) {
    const Finished run = work.run(flags);
    INFO(run.err);
    CHECK(run.status == 2);
    CHECK(run.out == kNothing);
    CHECK(contains(run.err, message));
    CHECK_FALSE(std::filesystem::exists(work.output()));
  };
  fails({"--set", "resize.widht=3"},
        "--set resize.widht=3: node type 'resize' has no parameter 'widht'; did you mean 'width'?");
  fails({"--set", "resize"}, "write it as NODE.PARAM=VALUE");
  fails({"--workers", "0"}, "--workers: '0' is not a number of workers, or auto");
  fails({"--memory", "1KiB"}, "--memory: '1KiB' is not a size in bytes (at least 1MiB)");
  fails({"--on-error", "sotp"},
        "--on-error: 'sotp' is not one of: skip stop; did you mean 'stop'?");
  fails({"--executor", "fast"}, "--executor: 'fast' is not one of");
  fails({"--progress", "loud"}, "--progress: 'loud' is not one of");
  fails({"--bogus"}, "--bogus");
  fails({"--stats"}, "--stats");
  fails({"another.yaml"}, "another.yaml");
}

TEST_CASE("Folders that are missing or can't be used run nothing", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg()}});
  work.folder().write("file", "x");
  const auto before = work.folder().files();
  const auto fails = [&](const std::string& input, const std::string& output,
                         const std::string& message) {
    const Finished run =
        run_imagemill({"run", work.path("graph.yaml"), "--input", input, "--output", output});
    INFO(run.err);
    CHECK(run.status == 2);
    CHECK(run.out == kNothing);
    CHECK(contains(run.err, message));
    CHECK(work.folder().files() == before);
  };
  const std::string in = work.input();
  fails(work.path("missing"), work.output(),
        "the input '" + work.path("missing") +
            "' is neither a folder that can be read nor a list of files");
  fails(in, in, "the output folder '" + in + "' is the input folder");
  fails(in, in + "/.", "is the input folder");
  fails(in, work.path("file"), "cannot write to the folder '" + work.path("file") + "'");
  fails(in, work.path("file/below"), "cannot write to the folder");
}

TEST_CASE("Without an input or an output folder nothing is run", "[cli]") {
  const Workplace work({});
  const Finished no_input =
      run_imagemill({"run", work.path("graph.yaml"), "--output", work.output()});
  CHECK(no_input.status == 2);
  CHECK(no_input.err ==
        "imagemill: no input folder: give --input DIR, or run.input in the config\n");
  const Finished no_output =
      run_imagemill({"run", work.path("graph.yaml"), "--input", work.input()});
  CHECK(no_output.status == 2);
  CHECK(no_output.err ==
        "imagemill: no output folder: give --output DIR, or run.output in the config\n");
}

TEST_CASE("A run that could not begin leaves the records of the one before", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg()}});
  REQUIRE(work.run({"--manifest", work.path("m"), "--stats", work.path("s"), "--failures",
                    work.path("f")})
              .status == 0);
  const auto files = work.folder().files();
  const std::string manifest = work.folder().read("m");
  const std::string stats = work.folder().read("s");
  const std::string failures = work.folder().read("f");
  CHECK(run_imagemill({"run", work.path("graph.yaml"), "--input", work.path("missing"), "--output",
                       work.output(), "--manifest", work.path("m"), "--stats", work.path("s"),
                       "--failures", work.path("f")})
            .status == 2);
  CHECK(work.folder().read("m") == manifest);
  CHECK(work.folder().read("s") == stats);
  CHECK(work.folder().read("f") == failures);
  CHECK(work.folder().files() == files);
}
