#include "graphs/profile/bound_json.h"

#include <array>

namespace imagemill {

Json bound_json(const Bound& bound, const std::vector<StageProfile>& stages) {
  constexpr std::array<const char*, 5> kNames = {"workers", "limit", "in_flight", "memory", "cpus"};
  Json json = {{"by", kNames[static_cast<std::size_t>(bound.by)]}};
  if (bound.by == Bound::By::limit) json["node"] = stages[bound.node].node;
  json["images_per_s"] = bound.items_per_s;
  return json;
}

}  // namespace imagemill
