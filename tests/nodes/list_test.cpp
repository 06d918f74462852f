// read: lists of files in place of a folder.
#include "tests/support/catch.h"
#include "tests/support/graph_runner.h"
#include "tests/support/photo_set.h"
#include "tests/support/temporary_folder.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

using Names = std::vector<std::string>;
using Failures = std::map<std::string, std::string>;

Bytes jpeg(unsigned seed = 1) { return jpeg_file(noise({20, 10}, {3, 8}, seed)); }

// A folder with photos and lists of them.
struct Place {
  TemporaryFolder folder;
  Place() {
    write_files(folder.path(), {{"a.jpg", jpeg(1)},
                                {"cats/b c.jpg", jpeg(2)},
                                {"cats/d\ne.jpg", jpeg(3)},
                                {"notes.txt", bytes_of("no image")}});
  }
  std::string at(const std::string& name) const { return (folder / name).string(); }
  // Outputs of a graph from a list, on which every executor must agree.
  Outputs run(const std::string& list, const std::string& path = "{index}-{name}",
              const std::string& more = "") const {
    const auto input = folder.write("list.txt", list);
    const std::string graph = "imagemill: 1\nnodes:\n  read: {type: read" + more +
                              "}\n  write: {type: write, in: read, path: \"" + path + "\"}\n";
    Outputs serial = run_on_disk(graph, input);
    for (const int workers : {1, 3}) {
      const Outputs flow = run_on_disk(graph, input, {.serial = false, .workers = workers});
      CHECK(flow.files == serial.files);
      CHECK(flow.failures == serial.failures);
    }
    return serial;
  }
};

Names names(const Files& files) {
  Names result;
  for (const auto& file : files) result.push_back(file.first);
  return result;
}

}  // namespace

TEST_CASE("A list's files are read in its order", "[nodes]") {
  const Place place;
  const Outputs run = place.run(place.at("cats/b c.jpg") + "\r\n\n" + place.at("a.jpg"));
  CHECK(names(run.files) == Names{"0-b c.jpg", "1-a.jpg"});
  CHECK(run.files.at("1-a.jpg") == jpeg(1));
  CHECK(run.ignored.empty());
}

TEST_CASE("Between NULs, any name can be listed", "[nodes]") {
  const Place place;
  const std::string nul(1, '\0');
  const Outputs run = place.run(place.at("cats/d\ne.jpg") + nul + place.at("a.jpg") + nul);
  CHECK(names(run.files) == Names{"0-d\ne.jpg", "1-a.jpg"});
}

TEST_CASE("A list may begin with a byte order mark", "[nodes]") {
  const Place place;
  const Outputs run = place.run("\xEF\xBB\xBF" + place.at("a.jpg") + "\n");
  CHECK(names(run.files) == Names{"0-a.jpg"});
  CHECK(run.failures.empty());
}

TEST_CASE("A list in UTF-16 fails as one", "[nodes]") {
  const Place place;
  std::string text = "\xFF\xFE";
  for (const char c : place.at("a.jpg") + "\r\n") text += {c, '\0'};
  const Outputs run = place.run(text);
  CHECK(run.files.empty());
  CHECK(run.failures == Failures{{place.at("list.txt"), "read: wrong_encoding"}});
}

TEST_CASE("A list is not sorted, however the node would sort a folder", "[nodes]") {
  const Place place;
  const Outputs run = place.run(place.at("cats/b c.jpg") + "\n" + place.at("a.jpg") + "\n",
                                "{index}-{name}", ", order: sorted");
  CHECK(names(run.files) == Names{"0-b c.jpg", "1-a.jpg"});
}

TEST_CASE(
    "A listed file that is no image fails, whatever its name, and so does one that is not there",
    "[nodes]") {
  const Place place;
  const Outputs run = place.run(place.at("notes.txt") + "\n" + place.at("gone.jpg") + "\n" +
                                place.at("a.jpg") + "\n" + place.at("cats") + "\n");
  CHECK(names(run.files) == Names{"2-a.jpg"});
  CHECK(run.failures == Failures{{place.at("notes.txt"), "read: not_an_image"},
                                 {place.at("gone.jpg"), "read: not_found"},
                                 {place.at("cats"), "read: not_a_file"}});
  CHECK(run.ignored.empty());
}

TEST_CASE("A listed path's folders are made below the output", "[nodes]") {
  const Place place;
  const std::string below = place.folder.path().relative_path().string();
  const Outputs run = place.run(
      place.at("cats/../a.jpg") + "\n" + place.at("cats/../cats/./b c.jpg") + "\n", "{dir}/{name}");
  CHECK(names(run.files) == Names{below + "/a.jpg", below + "/cats/b c.jpg"});
}

TEST_CASE("A file that is listed twice is written once", "[nodes]") {
  const Place place;
  const Outputs run = place.run(place.at("a.jpg") + "\n" + place.at("a.jpg") + "\n", "{name}");
  CHECK(run.files.size() == 1);
  CHECK(run.failures == Failures{{place.at("a.jpg"), "write: output_conflict"}});
}

TEST_CASE("Patterns choose among a list's paths as they are written", "[nodes]") {
  const Place place;
  const std::string list = place.at("a.jpg") + "\n" + place.at("cats/b c.jpg") + "\n";
  CHECK(names(place.run(list, "{name}", ", include: \"**/cats/*\"").files) == Names{"b c.jpg"});
  CHECK(names(place.run(list, "{index}-{name}", ", exclude: \"**/a.jpg\"").files) ==
        Names{"0-b c.jpg"});
}

TEST_CASE("An image as input is a list of one", "[nodes]") {
  const Place place;
  const std::string graph = chain({"{type: decode}", "{type: encode, format: png}"});
  const Outputs run = run_on_disk(graph, place.at("a.jpg"));
  CHECK(names(run.files) == Names{place.folder.path().relative_path().string() + "/a.png"});
}

TEST_CASE("An empty list is a run of no items", "[nodes]") {
  const Place place;
  for (const std::string list : {"", "\n\n"}) {
    CHECK(place.run(list).report.items.admitted == 0);
  }
}

TEST_CASE("An input that is not there is neither folder nor list", "[nodes]") {
  const Place place;
  try {
    run_on_disk(chain({"{type: decode}", "{type: encode}"}), place.at("nothing"));
    FAIL("it ran");
  } catch (const std::runtime_error& e) {
    CHECK(std::string(e.what()) ==
          "read: not_a_folder: the input '" + place.at("nothing") +
              "' is neither a folder that can be read nor a list of files");
  }
}
