// A folder in which the command is run: images in in/, graph.yaml, and out/ to come.
#pragma once

#include <string>
#include <vector>

#include "tests/support/command.h"
#include "tests/support/photo_set.h"

namespace imagemill::testing {

class Workplace {
 public:
  explicit Workplace(const Files& inputs) {
    std::filesystem::create_directories(input());
    write_files(input(), inputs);
    folder_.write("graph.yaml", R"(imagemill: 1
nodes:
  read:   {type: read}
  decode: {type: decode, in: read}
  resize: {type: resize, in: decode, width: 24}
  encode: {type: encode, in: resize}
  write:  {type: write, in: encode}
)");
  }

  const TemporaryFolder& folder() const { return folder_; }
  std::filesystem::path input() const { return folder_ / "in"; }
  std::filesystem::path output() const { return folder_ / "out"; }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  // imagemill run graph.yaml --input in --output out …
  std::vector<std::string> command(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"run",   path("graph.yaml"), "--input",
                                          input(), "--output",         output()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  Finished run(const std::vector<std::string>& more = {}) const {
    return run_imagemill(command(more));
  }

  // Paths below out/, sorted; empty if there is no such folder.
  std::vector<std::string> outputs() const {
    std::vector<std::string> names;
    if (!std::filesystem::exists(output())) return names;
    for (const auto& file : read_files(output())) names.push_back(file.first);
    return names;
  }

 private:
  TemporaryFolder folder_;
};

inline Bytes small_jpeg(unsigned seed = 1) { return jpeg_file(noise({40, 30}, {3, 8}, seed)); }

}  // namespace imagemill::testing
