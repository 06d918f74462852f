// imagemill run: runs that go well.
#include <algorithm>

#include "tests/cli/workplace.h"
#include "tests/support/catch.h"

using namespace imagemill::testing;

namespace {

using Names = std::vector<std::string>;

int count_lines(const std::string& text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("A run writes its outputs, a table and nothing else", "[cli]") {
  const Workplace work(
      {{"a.jpg", small_jpeg()}, {"cats/b.png", png_file(noise({40, 30}, {3, 8}, 1))}});
  const std::string executor = GENERATE("flow", "serial");
  const Finished run = work.run({"--executor", executor});
  CHECK(run.status == 0);
  CHECK(run.err == kNothing);
  CHECK(work.outputs() == Names{"a.jpg", "cats/b.jpg"});
  CHECK(picture(read_bytes(work.output() / "a.jpg")).size() == Size{24, 18});
  // Header, rule, five stages, the totals, the bottleneck.
  CHECK(count_lines(run.out) == 9);
  CHECK(run.out.starts_with("stage "));
  for (const char* part : {"\nread ", "\ndecode ", "\nresize ", "\nencode ", "\nwrite ",
                           "\n2 images in ", "(2 ok; "}) {
    CHECK(contains(run.out, part));
  }
  CHECK(contains(run.out, executor));
  CHECK_FALSE(contains(run.out, "\x1b"));
  CHECK_FALSE(contains(run.out, "\r"));
}

TEST_CASE("An input without images is a success", "[cli]") {
  const Workplace work({{"notes.txt", bytes_of("no image")}});
  const Finished run = work.run();
  CHECK(run.status == 0);
  CHECK(run.err == kNothing);
  CHECK(contains(run.out, "0 images in "));
  CHECK(contains(run.out, "1 other file ignored: 1 .txt"));
  CHECK(work.outputs().empty());

  const Workplace empty({});
  CHECK(empty.run().status == 0);
}

TEST_CASE("Files that are no images are ignored and counted", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg()},
                        {"b.txt", bytes_of("x")},
                        {"c.xmp", {}},
                        {"d.xmp", {}},
                        {"notes", {}}});
  const Finished run = work.run();
  CHECK(run.status == 0);
  CHECK(contains(run.out, "\n1 image in "));
  CHECK(contains(run.out, "1 ok; 4 other files ignored: 2 .xmp, 1 without extension, 1 .txt"));
}

TEST_CASE("A second run replaces what the first has written", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg()}});
  REQUIRE(work.run().status == 0);
  const Files first = read_files(work.output());
  REQUIRE(work.run().status == 0);
  CHECK(read_files(work.output()) == first);
  REQUIRE(work.run({"--set", "encode.quality=20"}).status == 0);
  CHECK(work.outputs() == Names{"a.jpg"});
  CHECK(read_files(work.output()) != first);
}

TEST_CASE("Flags replace what the config says", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg()}});
  const std::string config = work.folder().read("graph.yaml") +
                             "run: {input: /nowhere, output: /nowhere/at/all, workers: 1}\n";
  work.folder().write("graph.yaml", config);
  const Finished run = work.run({"--set", "resize.width=8", "--set", "write.path=x/{stem}.{ext}",
                                 "--workers", "3", "--memory", "20MiB"});
  CHECK(run.status == 0);
  CHECK(contains(run.out, "flow 3 workers"));
  CHECK(work.outputs() == Names{"x/a.jpg"});
  CHECK(picture(read_bytes(work.output() / "x/a.jpg")).size() == Size{8, 6});
}

TEST_CASE("Folders of the config are relative to the current folder", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg()}});
  work.folder().write("graph.yaml",
                      work.folder().read("graph.yaml") + "run: {input: in, output: out}\n");
  const Finished run =
      Process(imagemill_command({"run", "graph.yaml"}), work.folder().path()).wait();
  CHECK(run.status == 0);
  CHECK(work.outputs() == Names{"a.jpg"});
}

TEST_CASE("Progress is shown as lines where that is asked for", "[cli]") {
  const Workplace work(
      {{"a.jpg", small_jpeg()}, {"b.jpg", small_jpeg(2)}, {"c.jpg", bytes_of("broken")}});
  const Finished plain = work.run({"--progress", "plain"});
  CHECK(contains(plain.err, "3/3 images, "));
  CHECK(contains(plain.err, ", 1 failed\n"));
  CHECK_FALSE(contains(plain.err, "\r"));
  for (const std::string quiet : {"none", "auto"}) {  // neither stream is a terminal
    const Finished run = work.run({"--progress", quiet});
    CHECK_FALSE(contains(run.err, "images"));
    CHECK_FALSE(contains(run.err, "\x1b"));
  }
}

TEST_CASE("Every config in configs/ runs as it is", "[cli]") {
  const Workplace work(
      {{"a.jpg", small_jpeg()}, {"b/c.png", png_file(noise({40, 30}, {4, 8}, 1))}});
  // Files that the configs name are relative to the project's folder.
  const std::filesystem::path configs = IMAGEMILL_CONFIGS;
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(configs)) {
    if (entry.path().extension() != ".yaml") continue;
    INFO(entry.path());
    const std::string output = work.path("out" + std::to_string(count++));
    const Finished run =
        Process(
            imagemill_command({"run", entry.path(), "--input", work.input(), "--output", output}),
            configs.parent_path())
            .wait();
    CHECK(run.status == 0);
    CHECK(run.err == kNothing);
    const bool filters = entry.path().stem() == "large-only";
    CHECK(contains(run.out, filters ? "(0 ok, 2 skipped; " : "(2 ok; "));
  }
  CHECK(count >= 12);
}

TEST_CASE("Photos of every kind go through the command", "[cli]") {
  const Workplace work(photo_set().files);
  const Finished run = work.run();
  CHECK(run.status == 1);  // of the broken ones
  CHECK(work.outputs().size() == photo_set().good());
  CHECK(contains(run.out,
                 std::to_string(photo_set().good()) + " ok, 3 failed; 1 other file ignored"));
}

TEST_CASE("A run never overwrites what it reads", "[cli]") {
  const Files photos = {{"a.jpg", small_jpeg(1)}, {"b/c.jpg", small_jpeg(2)}};
  const Workplace work(photos);
  const std::string graph = work.path("graph.yaml");
  const auto unharmed = [&] { return read_files(work.input()) == photos; };

  const Finished one =
      run_imagemill({"run", graph, "--input", work.input() / "a.jpg", "--output", work.input()});
  CHECK(one.status == 1);
  CHECK(contains(one.err, "output_is_input: it lies in the output folder '"));
  CHECK(unharmed());

  work.folder().write("list", (work.input() / "b/c.jpg").string() + "\n");
  const Finished list =
      run_imagemill({"run", graph, "--input", work.path("list"), "--output", work.path("")});
  CHECK(list.status == 1);
  CHECK(unharmed());

  const std::vector<std::string> above = {"run",      graph,         "--input", work.input(),
                                          "--output", work.path(""), "--set"};
  const auto with_path = [&](const std::string& path) {
    std::vector<std::string> arguments = above;
    arguments.push_back("write.path=" + path);
    return run_imagemill(arguments);
  };
  const Finished below = with_path("in/{dir}/{stem}.{ext}");
  CHECK(below.status == 1);
  CHECK(contains(below.err, "'in/a.jpg' would lie in the input folder"));
  CHECK(unharmed());
  CHECK(with_path("in2/{dir}/{stem}.{ext}").status == 0);
  CHECK(unharmed());
}

TEST_CASE("A run that has no descriptors left stops, and no picture is to blame", "[cli]") {
  Files photos;
  for (unsigned i = 0; i < 60; ++i) photos[std::to_string(i) + ".jpg"] = small_jpeg(i);
  const Workplace work(photos);
  std::string command = "ulimit -n 30; exec";
  for (const std::string& word :
       imagemill_command(work.command({"--memory", "1MiB", "--set", "read.concurrency=60"}))) {
    command += " '" + word + "'";
  }
  const Finished run = Process({"sh", "-c", command}).wait();
  CHECK(run.status == 75);
  CHECK(contains(run.err, "stopped: "));
  CHECK(contains(run.err, "Too many open files"));
}
