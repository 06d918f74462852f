#include "graphs/stats/estimate_json.h"

namespace imagemill {

Json estimate_json(const Estimate& estimate) {
  return {{"value", estimate.value}, {"low", estimate.low}, {"high", estimate.high}};
}

}  // namespace imagemill
