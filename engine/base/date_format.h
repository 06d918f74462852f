// Dates as texts with their parts: "%Y/%m".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace imagemill {

// Why `format` is none, for a person; empty where it is one: text with at least one of %Y (year,
// four digits), %y (its last two), %m (month), %d (day), %H (hour, 00 to 23), %M (minute), %S
// (second). %% is a percent sign. As in strftime, all have leading zeros.
std::string date_format_fault(std::string_view format);

// A date's parts in that form. nullopt where `date` is none of the Gregorian calendar, written as
// in "2008-07-01 17:27:03" (':' may stand for '-', 'T' for the blank), or ends before a part that
// is asked for. What follows the seconds is ignored. Requires: a sound format.
std::optional<std::string> formatted_date(std::string_view format, std::string_view date);

}  // namespace imagemill
