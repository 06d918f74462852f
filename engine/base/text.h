// Wording of errors and findings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace imagemill {

std::string quote(std::string_view text);                          // 'text'
std::string number_of(std::int64_t count, std::string_view what);  // "1 worker", "2 workers"
// `text` with its first letter in upper case, if that letter is ASCII. Requires: `text` is not
// empty.
std::string capitalised(std::string text);

// The candidate that a misspelt `word` probably means; empty if no candidate is close.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

// "; did you mean 'resize'?", or empty if no candidate is close.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace imagemill
