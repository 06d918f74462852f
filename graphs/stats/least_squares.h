// Solver for small linear systems.
#pragma once

#include <array>
#include <cstddef>

namespace imagemill {

template <std::size_t N>
using Vector = std::array<double, N>;
template <std::size_t N>
using Matrix = std::array<Vector<N>, N>;

// x with a·x = b, by Gauss's elimination. Requires: `a` is symmetric and positive definite, as
// normal equations with a ridge are.
template <std::size_t N>
Vector<N> solve(Matrix<N> a, Vector<N> b) {
  for (std::size_t i = 0; i < N; ++i) {
    for (std::size_t row = i + 1; row < N; ++row) {
      const double by = a[row][i] / a[i][i];
      for (std::size_t j = i; j < N; ++j) a[row][j] -= by * a[i][j];
      b[row] -= by * b[i];
    }
  }
  for (std::size_t i = N; i-- > 0;) {
    for (std::size_t j = i + 1; j < N; ++j) b[i] -= a[i][j] * b[j];
    b[i] /= a[i][i];
  }
  return b;
}

}  // namespace imagemill
