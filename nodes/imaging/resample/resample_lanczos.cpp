// The Lanczos kernel, which is most of the work of a table of weights.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nodes/imaging/resample/resample_lanczos.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h comes first.
#include <numbers>

#include <hwy/highway.h>

#include "nodes/imaging/resample/resample_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace imagemill::imaging::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Computes sinc(x) · sinc(x / 3) by a polynomial: the C library's sine may differ in the last bit
// from one machine to another. No MulAdd, for the same reason.
HWY_ATTR void lanczos3_values(double first, double step, int count, double* values) {
  const hn::CappedTag<double, kLanczosPadding> d;
  using V = hn::Vec<decltype(d)>;
  const V pi = hn::Set(d, std::numbers::pi);
  const auto next = [&](V sum, V zz, double term)
                        HWY_ATTR { return hn::Add(hn::Mul(sum, zz), hn::Set(d, term)); };
  for (int i = 0; i < count; i += static_cast<int>(hn::Lanes(d))) {
    const V index = hn::Iota(d, static_cast<double>(i));
    const V x = hn::Abs(hn::Add(hn::Set(d, first), hn::Mul(index, hn::Set(d, step))));
    const V angle = hn::Mul(hn::Set(d, std::numbers::pi / 3),
                            hn::Min(hn::Max(x, hn::Set(d, 1e-9)), hn::Set(d, 3.0)));
    const V z = hn::Min(angle, hn::Sub(pi, angle));  // sin z = sin(angle), z ≤ π/2
    const V zz = hn::Mul(z, z);
    V sine = hn::Set(d, -1.0 / 1307674368000);  // Taylor's series, its rest below 1e-11
    sine = next(sine, zz, 1.0 / 6227020800);
    sine = next(sine, zz, -1.0 / 39916800);
    sine = next(sine, zz, 1.0 / 362880);
    sine = next(sine, zz, -1.0 / 5040);
    sine = next(sine, zz, 1.0 / 120);
    sine = next(sine, zz, -1.0 / 6);
    sine = next(sine, zz, 1.0);
    sine = hn::Mul(sine, z);
    // sin(πx) = s · (3 - 4s²), where s = sin(πx / 3).
    const V sinc = hn::Div(sine, angle);
    const V fall = hn::Sub(hn::Set(d, 1.0), hn::Mul(hn::Set(d, 4.0 / 3), hn::Mul(sine, sine)));
    hn::StoreU(hn::Mul(hn::Mul(sinc, sinc), fall), d, values + i);
  }
}

}  // namespace
}  // namespace imagemill::imaging::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace imagemill::imaging {

HWY_EXPORT(lanczos3_values);

void lanczos3(double first, double step, int count, double* values) {
  HWY_DYNAMIC_DISPATCH(lanczos3_values)(first, step, count, values);
}

}  // namespace imagemill::imaging
#endif
