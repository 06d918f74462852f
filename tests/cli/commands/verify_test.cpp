// imagemill verify: folders, manifests and graphs compared.
#include "tests/cli/workplace.h"
#include "tests/support/catch.h"

using namespace imagemill::testing;

namespace {

// Two folders of three equal files, and their manifest.
void make_folders(const TemporaryFolder& folder) {
  for (const std::string name : {"first", "second"}) {
    folder.write(name + "/a", "1");
    folder.write(name + "/b/c", "2");
    folder.write(name + "/new\nline", "3");
  }
}

}  // namespace

TEST_CASE("Equal folders are identical", "[cli]") {
  const TemporaryFolder folder;
  make_folders(folder);
  const std::string first = folder / "first";
  const std::string second = folder / "second";
  const Finished verified = run_imagemill({"verify", first, second});
  CHECK(verified.status == 0);
  CHECK(verified.out == "identical: 3 files in " + first + " and " + second + "\n");
  CHECK(verified.err == kNothing);
  folder.write("first/.imagemill/journal", "ours");
  CHECK(run_imagemill({"verify", first, second}).status == 0);
}

TEST_CASE("Folders that differ are told apart by the names of their files", "[cli]") {
  const TemporaryFolder folder;
  make_folders(folder);
  const std::string first = folder / "first";
  const std::string second = folder / "second";
  folder.write("second/a", "other");
  folder.write("first/only here", "x");
  folder.write("second/only there", "x");
  const Finished verified = run_imagemill({"verify", first, second});
  CHECK(verified.status == 1);
  CHECK(verified.out == "differs: a\nmissing in " + second + ": only here\nmissing in " + first +
                            ": only there\nnot identical: 1 differ, 1 missing in " + second +
                            ", 1 missing in " + first + "\n");
}

TEST_CASE("A folder is verified against the manifest of its run", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg()}, {"new\nline.jpg", small_jpeg(2)}});
  REQUIRE(work.run({"--manifest", work.path("m")}).status == 0);
  CHECK(run_imagemill({"verify", work.output(), work.path("m")}).status == 0);
  CHECK(run_imagemill({"verify", work.path("m"), work.path("m")}).status == 0);
  work.folder().write("out/a.jpg", "damaged");
  const Finished damaged = run_imagemill({"verify", work.path("m"), work.output()});
  CHECK(damaged.status == 1);
  CHECK(contains(damaged.out, "differs: a.jpg\n"));
  std::filesystem::remove(work.output() / "a.jpg");
  CHECK(contains(run_imagemill({"verify", work.path("m"), work.output()}).out,
                 "missing in " + work.output().string() + ": a.jpg\n"));
}

TEST_CASE("What can't be read can't be verified", "[cli]") {
  const TemporaryFolder folder;
  make_folders(folder);
  folder.write("malformed", "# imagemill-manifest 1\nnonsense\n");
  const std::string first = folder / "first";
  for (const std::string other : {"missing", "malformed", "first/a"}) {
    const Finished verified = run_imagemill({"verify", first, folder / other});
    INFO(other);
    CHECK(verified.status == 2);
    CHECK(verified.out == kNothing);
    CHECK(contains(verified.err, other));
  }
  CHECK(run_imagemill({"verify", folder / "missing", first}).status == 2);
  CHECK(run_imagemill({"verify"}).status == 2);
}

TEST_CASE("A graph is verified without a trace", "[cli]") {
  const Workplace work(photo_set().files);
  work.folder().write("tmp/kept", "x");
  const auto before = work.folder().files();
  std::vector<std::string> command = imagemill_command(
      {"verify", work.path("graph.yaml"), "--input", work.input(), "--workers", "2"});
  command.insert(command.begin(), {"env", "TMPDIR=" + work.path("tmp")});
  const Finished verified = Process(command).wait();
  CHECK(verified.status == 0);
  const std::string count = std::to_string(photo_set().good());
  CHECK(contains(verified.out, "serial: " + count + " ok, 3 failed in "));
  CHECK(contains(verified.out, "flow: " + count + " ok, 3 failed in "));
  CHECK(contains(verified.out,
                 "identical: " + count + " files in the serial run and the parallel run\n"));
  CHECK(work.folder().files() == before);
}

TEST_CASE("A graph that can't be run can't be verified", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg()}});
  const Finished no_input = run_imagemill({"verify", work.path("graph.yaml")});
  CHECK(no_input.status == 2);
  CHECK(contains(no_input.err, "no input folder"));
  CHECK(
      run_imagemill({"verify", work.path("graph.yaml"), "--input", work.path("missing")}).status ==
      2);
  CHECK(run_imagemill(
            {"verify", work.path("graph.yaml"), "--input", work.input(), "--set", "resize.width=x"})
            .status == 2);
  CHECK(run_imagemill({"verify", work.path("missing.yaml"), "--input", work.input()}).status == 2);
}

TEST_CASE("Where a run stops is not what verify compares", "[cli]") {
  Files files = {{"b-broken.jpg", bytes_of("no image")}};
  for (unsigned i = 0; i < 6; ++i) files["a" + std::to_string(i) + ".jpg"] = small_jpeg(i);
  for (unsigned i = 0; i < 6; ++i) files["c" + std::to_string(i) + ".jpg"] = small_jpeg(i);
  const Workplace work(files);
  std::string graph = work.folder().read("graph.yaml");
  work.folder().write("graph.yaml", graph + "run: {on_error: stop}\n");
  const Finished verified =
      run_imagemill({"verify", work.path("graph.yaml"), "--input", work.input()});
  CHECK(verified.status == 0);
  CHECK(contains(verified.out, "identical: 12 files"));
}

TEST_CASE("Standard input can't be verified, for it is read once", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg()}});
  const Finished verified = run_imagemill({"verify", work.path("graph.yaml"), "--input", "-"});
  CHECK(verified.status == 2);
  CHECK(contains(verified.err, "standard input can be read only once"));
}
