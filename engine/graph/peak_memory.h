// The most memory that an item holds, from its plans. Internal to the engine.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/graph/schedule.h"

namespace imagemill {

// Upper bound, in bytes, of what an item with these plans holds at any time, whatever the order in
// which its branches and parts run.
//
// Any number of payloads may wait: those of branches and of parts add up, and an input of a join is
// held until the join has run. Executions are limited: at most `workers` CPU nodes run at once, so
// only that many branches and parts hold the scratch and the second payload of an execution. Along
// a chain, the bound is the largest input + scratch + output. Nodes on I/O threads may all run at
// once. No payload waits between fused nodes. The bound includes the item's records of nodes, parts
// and paths.
//
// Requires: schedule.workers ≥ 1. Cost: O(edges · workers²) at most.
std::uint64_t peak_bytes(const std::vector<GraphNode>& nodes, const std::vector<NodePlan>& plans,
                         const Schedule& schedule);

// Bytes of a packet without its payload.
inline constexpr std::uint64_t kBytesAPacket = 512;
// Bytes of each path that a part claims.
inline constexpr std::uint64_t kBytesAClaim = 128;
// Number of nodes up to which an item's records of them are too small to count.
inline constexpr std::size_t kFewNodes = 64;

}  // namespace imagemill
