#include "cli/flags/command_line.h"

#include <iostream>

#include <CLI/CLI.hpp>

#include "cli/display/exit_status.h"
#include "cli/flags/run_flags.h"
#include "engine/base/text.h"

namespace imagemill::cli {

Argument& Argument::required() {
  option_->required();
  return *this;
}

Argument& Argument::excludes(const Argument& other) {
  option_->excludes(other.option_);
  return *this;
}

Argument& Argument::between(int least, int most) {
  option_->check(CLI::Range(least, most));
  return *this;
}

Argument& Argument::one_of(const std::vector<std::string>& texts) {
  option_->check(CLI::IsMember(texts));
  return *this;
}

Argument& Argument::checked(const std::function<std::string(const std::string&)>& fault) {
  option_->check(fault);
  return *this;
}

Argument& Argument::with_default_in_help() {
  option_->capture_default_str();
  return *this;
}

Argument& Argument::with_commas() {
  option_->delimiter(',');
  return *this;
}

Argument& Argument::of_words(int count) {
  option_->expected(count);
  return *this;
}

Argument& Argument::one_at_a_time() {
  option_->allow_extra_args(false);
  return *this;
}

template <class T>
Argument Command::add(const std::string& name, T& value, const std::string& doc) {
  return Argument(app_->add_option(name, value, doc));
}
template Argument Command::add(const std::string&, std::string&, const std::string&);
template Argument Command::add(const std::string&, std::optional<std::string>&, const std::string&);
template Argument Command::add(const std::string&, std::vector<std::string>&, const std::string&);
template Argument Command::add(const std::string&, int&, const std::string&);
template Argument Command::add(const std::string&, std::vector<int>&, const std::string&);
template Argument Command::add(const std::string&, std::uint64_t&, const std::string&);

Argument Command::add_taken(const std::string& name,
                            const std::function<std::string(const std::string&)>& take,
                            const std::string& doc) {
  const auto taken = [name, take](const std::string& text) {
    if (const std::string fault = take(text); !fault.empty()) {
      throw CLI::ValidationError(name, fault);
    }
  };
  return Argument(app_->add_option_function<std::string>(name, taken, doc));
}

Argument Command::add_switch(const std::string& name, bool& value, const std::string& doc) {
  return Argument(app_->add_flag(name, value, doc));
}

Argument Command::add_switch(const std::string& name, std::string& value,
                             const std::string& otherwise, const std::string& doc) {
  return Argument(app_->add_flag(name + "{" + otherwise + "}", value, doc));
}

void Command::describe(const std::string& doc) { app_->description(doc); }

void Command::runs_with_words(const std::function<int(const std::vector<std::string>&)>& action) {
  app_->set_help_flag();
  app_->prefix_command();
  app_->callback([app = app_, to = action_, action] {
    *to = [words = app->remaining(), action] { return action(words); };
  });
}

void Command::runs(const Action& action) {
  app_->callback([to = action_, action] { *to = action; });
}

CommandLine::CommandLine(const std::string& doc, const std::string& version)
    : app_(std::make_unique<CLI::App>(doc)) {
  app_->set_version_flag("--version", version);
  app_->require_subcommand(1);
}

CommandLine::~CommandLine() = default;

Command CommandLine::add(const std::string& name, const std::string& doc) {
  return {app_->add_subcommand(name, doc), &action_};
}

CommandLine::Parsed CommandLine::parse(int argc, char** argv) {
  try {
    app_->parse(argc, argv);
    return {action_};
  } catch (const CLI::RequiredError& error) {
    const std::string word = argc > 1 ? argv[1] : "";
    if (!app_->get_subcommands().empty() || word.empty() || word.front() == '-') {
      app_->exit(error);
      return {{}, kNotRun};
    }
    std::vector<std::string> names;
    for (const CLI::App* command : app_->get_subcommands({})) names.push_back(command->get_name());
    complain("no command is named " + quote(word) + did_you_mean(word, names) +
             " (imagemill --help lists them)");
    return {{}, kNotRun};
  } catch (const CLI::ParseError& error) {
    if (app_->exit(error) != 0) return {{}, kNotRun};
    if (std::cout.flush()) return {{}, kOk};
    complain("cannot write to standard output");
    return {{}, kItemsFailed};
  }
}

}  // namespace imagemill::cli
