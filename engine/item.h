// An item: one input and all that becomes of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/facts.h"
#include "engine/memory_budget.h"
#include "engine/result.h"

namespace imagemill {

// How an item, or one branch of it, ended. Ordered: of several branches, the worst decides.
enum class Outcome : std::uint8_t {
  skipped,    // nothing to write: filtered out, or up to date
  ok,         // every output was written
  cancelled,  // the run was stopped first
  failed,
};

std::string_view to_string(Outcome outcome);

struct ItemInfo {
  std::uint64_t index = 0;  // place in the source's order, from 0
  std::string key;          // path relative to the input root, '/' between folders
  Facts facts;              // of the source's payload
};

// An output file that a sink has written.
struct Written {
  std::string path;         // relative to the output root
  std::uint64_t bytes = 0;  // size of the file
  std::string sha256;       // lower-case hex; empty unless the run asked for digests
};

// What an item is at one node, decided at admission.
struct NodePlan {
  Facts in;
  Plan plan;
  Demand demand;      // on the node's output
  std::string claim;  // the output path that a sink has claimed
};

// Shared by the item's packets; destroyed with the last of them, which frees the lease.
// Thread-safe where the methods say so.
class Item {
 public:
  Item(ItemInfo info, std::vector<NodePlan> plans, int branches)
      : info_(std::move(info)), plans_(std::move(plans)), open_branches_(branches) {}

  const ItemInfo& info() const { return info_; }
  const NodePlan& plan(std::size_t node) const { return plans_[node]; }
  void hold(Lease lease) { lease_ = std::move(lease); }
  std::uint64_t lease_bytes() const { return lease_.bytes(); }

  // Thread-safe.
  void add_error(Error error);
  void add_output(Written written);

  // One of the graph's ends has seen this item's end mark. True for the last of them: the item has
  // ended, and outcome(), errors() and outputs() are final. Thread-safe; called once for each end.
  bool end_branch(Outcome outcome);

  Outcome outcome() const { return outcome_; }
  const std::vector<Error>& errors() const { return errors_; }
  const std::vector<Written>& outputs() const { return outputs_; }

 private:
  ItemInfo info_;
  std::vector<NodePlan> plans_;  // one for each node of the graph
  Lease lease_;
  std::mutex mutex_;
  int open_branches_;
  Outcome outcome_ = Outcome::skipped;
  std::vector<Error> errors_;
  std::vector<Written> outputs_;
};

}  // namespace imagemill
