// How errors and findings are worded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace imagemill {

std::string quote(std::string_view text);                          // 'text'
std::string number_of(std::int64_t count, std::string_view what);  // "1 worker", "2 workers"
// With its first letter large, if that is ASCII. Requires: not empty.
std::string capitalised(std::string text);

// The candidate that a misspelt `word` probably meant; empty where none is close.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

// "; did you mean 'resize'?", or empty where no candidate is close.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace imagemill
