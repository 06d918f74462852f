// Parser of the command line. It hides CLI11, whose header takes longer to compile than the rest of
// a subcommand.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace imagemill::cli {

// Work of a subcommand, called after parsing; returns the exit status.
using Action = std::function<int()>;

// Positional argument or flag of a subcommand. A handle, valid as long as the CommandLine. Every
// method returns the handle itself.
class Argument {
 public:
  explicit Argument(CLI::Option* option) : option_(option) {}

  Argument& required();
  Argument& excludes(const Argument& other);
  Argument& between(int least, int most);
  Argument& one_of(const std::vector<std::string>& texts);
  // `fault` returns why a text is wrong, or "" if it is right.
  Argument& checked(const std::function<std::string(const std::string&)>& fault);
  Argument& with_default_in_help();
  // List values are one word, with commas between them.
  Argument& with_commas();
  // List values are `count` words.
  Argument& of_words(int count);
  // List values come one by one: the flag is given again for each.
  Argument& one_at_a_time();

 private:
  CLI::Option* option_;
};

// Subcommand. A handle, valid as long as the CommandLine. The values bound to it must outlive
// parse().
class Command {
 public:
  Command(CLI::App* app, Action* action) : app_(app), action_(action) {}

  // Adds a positional argument ("NAME") or a flag with a value ("--NAME"). T: a text or number, or
  // a vector or optional of texts or numbers.
  template <class T>
  Argument add(const std::string& name, T& value, const std::string& doc);
  // Adds a flag whose value goes to `take`, which returns why the value is wrong, or "".
  Argument add_taken(const std::string& name,
                     const std::function<std::string(const std::string&)>& take,
                     const std::string& doc);
  // Adds a flag without a value.
  Argument add_switch(const std::string& name, bool& value, const std::string& doc);
  // Adds a flag with an optional value, given as --NAME=VALUE. Plain --NAME means `otherwise`.
  Argument add_switch(const std::string& name, std::string& value, const std::string& otherwise,
                      const std::string& doc);

  // Replaces the description that add() gave.
  void describe(const std::string& doc);
  // Leaves parsing to `action`, which gets all words of the subcommand.
  void runs_with_words(const std::function<int(const std::vector<std::string>&)>& action);
  // Sets the work that parse() returns if this subcommand is given.
  void runs(const Action& action);

 private:
  CLI::App* app_;
  Action* action_;
};

// The whole command line: subcommands, --help and --version.
class CommandLine {
 public:
  CommandLine(const std::string& doc, const std::string& version);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // Adds a subcommand.
  Command add(const std::string& name, const std::string& doc);

  // The work to do. If `action` is empty, exit with `status`: help was printed, or the words are
  // wrong.
  struct Parsed {
    Action action;
    int status = 0;
  };
  // Prints help, the version, or what is wrong.
  Parsed parse(int argc, char** argv);

 private:
  std::unique_ptr<CLI::App> app_;
  Action action_;
};

}  // namespace imagemill::cli
