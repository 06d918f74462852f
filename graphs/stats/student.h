// Student's t distribution.
#pragma once

namespace imagemill {

// 97.5 % quantile, for two-sided 95 % intervals. Within 1 % from two degrees of freedom on.
// (Abramowitz and Stegun, 26.7.5, with the next two terms.)
double student_t975(double degrees_of_freedom);

}  // namespace imagemill
