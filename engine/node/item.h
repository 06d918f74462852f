// An item: one input and all that becomes of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/mutex.h"
#include "engine/base/result.h"
#include "engine/files/file_system.h"
#include "engine/node/facts.h"
#include "engine/node/loss.h"
#include "engine/node/memory_budget.h"

namespace imagemill {

struct ItemRecord;
struct Packet;

// How an item, or one branch of it, ended. Ordered: of several branches, the worst decides.
enum class Outcome : std::uint8_t {
  skipped,    // nothing to write: filtered out, or up to date
  ok,         // every output was written
  cancelled,  // the run was stopped first
  failed,
};

std::string_view to_string(Outcome outcome);

// A text that a file carries, by its name in templates ("exif.Model"; static storage).
struct ItemText {
  std::string_view name;
  std::string value;
};

struct ItemInfo {
  std::uint64_t index = 0;  // place in the source's order, from 0
  std::string key;          // path relative to the input root, '/' between folders
  Facts facts;              // of the source's payload
  FileStamp stamp = {};     // of the file that it comes from
  std::vector<ItemText> texts = {};
};

// An output file that a sink has written.
struct Written {
  std::string path;          // relative to the output root
  FileStamp stamp = {};      // of the file
  Fingerprint content = {};  // of its bytes
  Durability durability = Durability::none;
  std::string sha256 = {};  // lower-case hex; empty unless the run asked for digests
  std::size_t node = 0;     // the sink; filled in by the executor
};

// What an item is at one node, decided at admission.
struct NodePlan {
  Facts in;  // of its first input
  Plan plan;
  Demand demand;  // on the node's output
  // How many packets of this item come to the node: 0 where no way leads to it, as behind an output
  // that a route did not choose; more than 1 behind a one-to-many node, which is `parts_of`.
  std::size_t packets = 1;
  std::size_t parts_of = kNoParts;
  std::optional<std::size_t> choice;  // of a choice: the output that the item goes to
  bool skips = false;                 // of a choice: the item came to it and goes nowhere
  std::vector<std::string> claims;    // the output paths that a sink has claimed, one a packet

  static constexpr std::size_t kNoParts = static_cast<std::size_t>(-1);
};

// Shared by the item's packets; destroyed with the last of them, which frees the lease.
// Thread-safe where the methods say so.
class Item {
 public:
  // The run that an item belongs to.
  class Owner {
   public:
    virtual ~Owner() = default;
    // An item that goes before it has ended: an exception has taken packets of it. Must end it.
    virtual void lost(Item& item) noexcept = 0;
  };

  // Begins with one packet on its way: the source's.
  Item(ItemInfo info, std::vector<NodePlan> plans);
  ~Item();
  Item(const Item&) = delete;
  Item& operator=(const Item&) = delete;

  const ItemInfo& info() const { return info_; }
  const NodePlan& plan(std::size_t node) const { return plans_[node]; }
  void hold(Lease lease) { lease_ = std::move(lease); }
  // From now on it ends before it goes. `owner` outlives it.
  void admit(Owner& owner) { owner_ = &owner; }
  std::uint64_t lease_bytes() const { return lease_.bytes(); }

  // Before anybody else has the item: what the journal will say of it, null for nothing new; the
  // outputs of an earlier run that are still right.
  void record(std::shared_ptr<ItemRecord> record) { record_ = std::move(record); }
  void keep(std::vector<Written> outputs) { kept_ = std::move(outputs); }
  const std::shared_ptr<ItemRecord>& record() const { return record_; }
  const std::vector<Written>& kept() const { return kept_; }

  // The fingerprint of what was read, an error, an output: dropped once the item has ended.
  // Thread-safe, as is has_failed(): whether there are errors by now.
  void set_content(const Fingerprint& content);
  void add_error(Error error);
  void add_loss(Loss loss);
  void add_output(Written written);
  bool has_failed() const;

  // Every packet is counted from the node that made it to the one that uses it up. Thread-safe.
  void add_packets(std::size_t more) { packets_.fetch_add(more, std::memory_order_relaxed); }
  // Several became one. Requires: that one is still counted.
  void merge_packets(std::size_t less) { packets_.fetch_sub(less, std::memory_order_acq_rel); }
  // A packet's way has ended so. True for the last one, unless the item had been closed: it has
  // ended, and outcome(), errors(), losses(), outputs() and content() are final.
  bool end_packet(Outcome outcome);
  // It has ended so, although packets of it are on their way: what they still bring is dropped.
  // With errors it has failed. False if it had ended. Thread-safe.
  bool close(Outcome outcome, std::optional<Error> error);
  // An earlier run has dealt with it. Set before anybody else has the item.
  void settle() { settled_ = true; }
  bool is_settled() const { return settled_; }
  bool is_closed() const { return closed_.load(std::memory_order_acquire); }

  // How long nodes have worked on it, what they do at the moment left out. Thread-safe.
  std::int64_t worked_ns() const { return worked_ns_.load(std::memory_order_relaxed); }
  void add_work(std::int64_t ns) { worked_ns_.fetch_add(ns, std::memory_order_relaxed); }

  // Keeps what came to input `port` (of `ports`) of a joining node, until `expected` packets of
  // that number have come: then returns them, by port. Thread-safe.
  std::optional<std::vector<Packet>> join(std::size_t node, std::size_t port, std::size_t ports,
                                          std::size_t expected, Packet packet);

  // Requires: the item has ended, so that nobody changes them any more.
  Outcome outcome() const IMAGEMILL_UNCHECKED { return outcome_; }
  const std::vector<Error>& errors() const IMAGEMILL_UNCHECKED { return errors_; }
  // By node and kind, one of each; empty where no output was written.
  const std::vector<Loss>& losses() const IMAGEMILL_UNCHECKED { return losses_; }
  const std::vector<Written>& outputs() const IMAGEMILL_UNCHECKED { return outputs_; }
  const Fingerprint& content() const IMAGEMILL_UNCHECKED { return content_; }

 private:
  // Packets of one number that wait for their partners.
  struct Joining {
    std::size_t missing = 0;
    std::vector<Packet> packets;  // by port
  };

  ItemInfo info_;
  std::vector<NodePlan> plans_;  // one for each node of the graph
  Lease lease_;
  Owner* owner_ = nullptr;  // null before admission
  std::shared_ptr<ItemRecord> record_;
  std::vector<Written> kept_;
  bool settled_ = false;
  std::atomic<std::size_t> packets_ = 1;
  std::atomic<std::int64_t> worked_ns_ = 0;
  std::atomic<bool> closed_ = false;  // written under the mutex
  mutable Mutex mutex_;
  Outcome outcome_ IMAGEMILL_GUARDED_BY(mutex_) = Outcome::skipped;
  std::vector<Error> errors_ IMAGEMILL_GUARDED_BY(mutex_);
  std::vector<Loss> losses_ IMAGEMILL_GUARDED_BY(mutex_);
  std::vector<Written> outputs_ IMAGEMILL_GUARDED_BY(mutex_);
  Fingerprint content_ IMAGEMILL_GUARDED_BY(mutex_);
  // By node and number.
  std::map<std::pair<std::size_t, std::size_t>, Joining> joining_ IMAGEMILL_GUARDED_BY(mutex_);
};

}  // namespace imagemill
