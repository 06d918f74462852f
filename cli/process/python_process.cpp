#include "cli/process/python_process.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <unistd.h>

#include "cli/display/complain.h"
#include "cli/display/exit_status.h"

namespace imagemill::cli {
namespace {

namespace fs = std::filesystem;

// Debian's Python, which has the libraries; a virtual environment in PATH may lack them.
constexpr const char* kPython = "/usr/bin/python3";

}  // namespace

Status become_python(const std::string& package, const std::vector<std::string>& arguments) {
  std::error_code ignored;
  const fs::path command = fs::read_symlink("/proc/self/exe", ignored);
  // The installed package, or else the one in the source tree of this build.
  fs::path folder = command.parent_path() / "../share/imagemill/python";
  if (!fs::exists(folder / package, ignored)) folder = IMAGEMILL_PYTHON;
  if (!fs::exists(folder / package, ignored)) {
    complain("its Python package is not in '" + folder.string() + "'");
    return kNotRun;
  }
  // -P keeps modules of the current folder out of the package's imports.
  std::vector<std::string> words = {kPython, "-B", "-P", "-m", package};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  setenv("PYTHONPATH", folder.c_str(), 1);
  setenv("IMAGEMILL_COMMAND", command.c_str(), 1);
  execv(kPython, pointers.data());
  complain(std::string("cannot start ") + kPython + ": " +
           std::error_code(errno, std::generic_category()).message());
  return kNotRun;
}

}  // namespace imagemill::cli
