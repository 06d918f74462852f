// The words of the command line and what they are bound to. Behind it is CLI11, whose header alone
// takes longer to compile than all else of a subcommand.
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

// What the command does once its words are parsed; the result is the exit status.
using Action = std::function<int()>;

// A word of a subcommand, or a flag with its value. A handle: it lives as long as the CommandLine.
// Each returns it again.
class Argument {
 public:
  explicit Argument(CLI::Option* option) : option_(option) {}

  Argument& required();
  Argument& excludes(const Argument& other);
  Argument& between(int least, int most);
  Argument& one_of(const std::vector<std::string>& texts);
  // What is wrong with a text; empty: nothing.
  Argument& checked(const std::function<std::string(const std::string&)>& fault);
  Argument& with_default_in_help();
  // How the values of a list are given: as one word, with commas between; so many words; or one,
  // the flag given again for each.
  Argument& with_commas();
  Argument& of_words(int count);
  Argument& one_at_a_time();

 private:
  CLI::Option* option_;
};

// A subcommand. A handle, likewise. What is bound to it must outlive the parsing.
class Command {
 public:
  Command(CLI::App* app, Action* action) : app_(app), action_(action) {}

  // A word by the name NAME, or the flag --NAME with a value: a text or number, or a vector or
  // optional of them.
  template <class T>
  Argument add(const std::string& name, T& value, const std::string& doc);
  // A flag whose value is taken by `take`, which returns what is wrong with it, or nothing.
  Argument add_taken(const std::string& name,
                     const std::function<std::string(const std::string&)>& take,
                     const std::string& doc);
  // A flag without a value.
  Argument add_switch(const std::string& name, bool& value, const std::string& doc);
  // The same with a value that may follow as --NAME=VALUE, and one where it does not.
  Argument add_switch(const std::string& name, std::string& value, const std::string& otherwise,
                      const std::string& doc);

  // Instead of what it is called in the list of subcommands.
  void describe(const std::string& doc);
  // It parses its words itself: `action` gets all of them.
  void runs_with_words(const std::function<int(const std::vector<std::string>&)>& action);
  void runs(const Action& action);

 private:
  CLI::App* app_;
  Action* action_;
};

class CommandLine {
 public:
  CommandLine(const std::string& doc, const std::string& version);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  Command add(const std::string& name, const std::string& doc);

  // What they ask for; or the exit status where that is told, or they are wrong.
  struct Parsed {
    Action action;
    int status = 0;
  };
  Parsed parse(int argc, char** argv);

 private:
  std::unique_ptr<CLI::App> app_;
  Action action_;
};

}  // namespace imagemill::cli
