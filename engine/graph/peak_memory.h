// The most memory that an item holds, from its plans. Internal to the engine.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/graph/schedule.h"

namespace imagemill {

// Upper bound, in bytes, of what an item so planned ever holds at once, whatever the order in which
// its branches and parts run. Payloads wait in any number: of branches, and of parts, they add up,
// and what comes to a join is held until the join has run. Executions do not: at most `workers` CPU
// nodes run at once, so only that many branches and parts hold the scratch and the second payload
// of an execution; along a chain that is the largest input + scratch + output. Nodes on I/O
// threads of their own may all run at once. Between nodes that are fused nothing waits. Beside
// payloads: the item's own records of nodes, parts and paths. Requires: schedule.workers ≥ 1. Cost:
// O(edges · workers²) at most.
std::uint64_t peak_bytes(const std::vector<GraphNode>& nodes, const std::vector<NodePlan>& plans,
                         const Schedule& schedule);

// What is held of a packet beside its payload, and of each path that a part claims.
inline constexpr std::uint64_t kBytesAPacket = 512;
inline constexpr std::uint64_t kBytesAClaim = 128;
// Nodes of a graph whose records are too small to count.
inline constexpr std::size_t kFewNodes = 64;

}  // namespace imagemill
