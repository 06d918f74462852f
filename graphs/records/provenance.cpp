#include "graphs/records/provenance.h"

#include <algorithm>
#include <chrono>
#include <ctime>

#include <fmt/chrono.h>

namespace imagemill {
namespace {

std::string shell_quoted(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./,:=+@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

}  // namespace

Provenance provenance_of(const std::vector<std::string>& arguments, std::string config) {
  Provenance provenance;
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  provenance.date = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
  for (const std::string& word : arguments) {
    provenance.command += (provenance.command.empty() ? "" : " ") + shell_quoted(word);
  }
  provenance.config = std::move(config);
  return provenance;
}

}  // namespace imagemill
