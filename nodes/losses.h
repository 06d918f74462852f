// Kinds of loss that nodes report (engine/node/loss.h). docs/files.md lists their codes.
#pragma once

#include "engine/node/loss.h"

namespace imagemill {

inline constexpr LossKind kProfileDropped{"profile_dropped", "a colour profile could not be used"};

}  // namespace imagemill
