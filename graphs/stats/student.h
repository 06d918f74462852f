// Student's t.
#pragma once

namespace imagemill {

// Its 97.5 % quantile, for two-sided intervals of 95 %. Within 1 % from two degrees of freedom on.
// (Abramowitz and Stegun, 26.7.5, with the next two terms.)
double student_t975(double degrees_of_freedom);

}  // namespace imagemill
