// Formats the parts of a date: "%Y/%m".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace imagemill {

// Why `format` is not a date format, for a person; empty if it is one. A date format is a text with
// at least one of these parts: %Y (year), %y (its last two digits), %m (month), %d (day), %H (hour,
// 00 to 23), %M (minute), %S (second). %% is a percent sign. As in strftime, all have leading
// zeros; %Y has four digits.
std::string date_format_fault(std::string_view format);

// The parts of `date`, written as `format` says. nullopt if `date` is not a date of the Gregorian
// calendar, or if it ends before a part that `format` names. Dates look like "2008-07-01 17:27:03";
// ':' may stand for '-', and 'T' for the blank. Text after the seconds is ignored, unless it starts
// with a digit. Requires: `format` is valid.
std::optional<std::string> formatted_date(std::string_view format, std::string_view date);

}  // namespace imagemill
