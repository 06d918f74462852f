// An item: one input and everything that a run makes of it.
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

// How an item, or one branch of it, ended. Ordered: the worst branch decides.
enum class Outcome : std::uint8_t {
  skipped,    // no output to write: filtered out, or up to date
  ok,         // every output was written
  cancelled,  // the run was stopped first
  failed,
};

std::string_view to_string(Outcome outcome);

// A text that a file carries. `name` is its name in templates ("exif.Model"); static storage.
struct ItemText {
  std::string_view name;
  std::string value;
};

struct ItemInfo {
  std::uint64_t index = 0;  // place in the source's order, from 0
  std::string key;          // path relative to the input root, '/' between folders
  Facts facts;              // facts of the source's payload
  FileStamp stamp = {};     // size and time of the input file
  std::vector<ItemText> texts = {};
};

// An output file that a sink has written.
struct Written {
  std::string path;          // relative to the output root
  FileStamp stamp = {};      // size and time of the written file
  Fingerprint content = {};  // fingerprint of the written bytes
  Durability durability = Durability::none;
  std::string sha256 = {};  // lower-case hex; empty unless the run asked for digests
  std::size_t node = 0;     // index of the sink; filled in by the executor
};

// Plan of an item at one node, made at admission.
struct NodePlan {
  Facts in;  // facts of the first input
  Plan plan;
  Demand demand;  // demand on the node's output
  // Number of the item's packets that reach the node. 0 if no path leads to the node, as behind an
  // output that a route did not choose. Can be more than 1 behind a one-to-many node.
  std::size_t packets = 1;
  // Index of the one-to-many node that made the packets; kNoParts for whole items.
  std::size_t parts_of = kNoParts;
  std::optional<std::size_t> choice;  // choices only: the output that the item takes
  bool skips = false;                 // choices only: true if the item arrives and is skipped
  std::vector<std::string> claims;    // sinks only: the claimed output paths, one for each packet

  static constexpr std::size_t kNoParts = static_cast<std::size_t>(-1);
};

// State of one item in a run. The item's packets share it; the last of them destroys it, which
// frees the lease. Thread-safe where a method says so.
class Item {
 public:
  // The run that an item belongs to.
  class Owner {
   public:
    virtual ~Owner() = default;
    // Called when an admitted item is destroyed before its end, because an exception took its
    // packets. Must end the item.
    virtual void lost(Item& item) noexcept = 0;
  };

  // Starts with one packet in flight: the source's.
  Item(ItemInfo info, std::vector<NodePlan> plans);
  ~Item();
  Item(const Item&) = delete;
  Item& operator=(const Item&) = delete;

  const ItemInfo& info() const { return info_; }
  const NodePlan& plan(std::size_t node) const { return plans_[node]; }
  // Takes the lease on the item's peak memory; the destructor frees it.
  void hold(Lease lease) { lease_ = std::move(lease); }
  // Marks the item as admitted: from now on `owner` ends it before it is destroyed. `owner`
  // outlives the item.
  void admit(Owner& owner) { owner_ = &owner; }
  std::uint64_t lease_bytes() const { return lease_.bytes(); }

  // Sets the journal entry to write when the item ends; null writes none. Call before anybody else
  // has the item.
  void record(std::shared_ptr<ItemRecord> record) { record_ = std::move(record); }
  // Sets the outputs of an earlier run that are still valid. Call before anybody else has the item.
  void keep(std::vector<Written> outputs) { kept_ = std::move(outputs); }
  const std::shared_ptr<ItemRecord>& record() const { return record_; }
  const std::vector<Written>& kept() const { return kept_; }

  // Sets the fingerprint of the bytes that the source read. Dropped once the item has ended.
  // Thread-safe.
  void set_content(const Fingerprint& content);
  // Adds an error. Dropped once the item has ended. Thread-safe.
  void add_error(Error error);
  // Adds a loss; for one node and kind, the message that sorts first is kept. Dropped once the item
  // has ended. Thread-safe.
  void add_loss(Loss loss);
  // Adds an output file. Dropped once the item has ended. Thread-safe.
  void add_output(Written written);
  // True if the item has errors so far. Thread-safe.
  bool has_failed() const;

  // Adds `more` packets in flight. A packet counts from the node that makes it to the node that
  // uses it up. Thread-safe.
  void add_packets(std::size_t more) { packets_.fetch_add(more, std::memory_order_relaxed); }
  // Subtracts the `less` packets that a join consumed; the joined packet stays counted.
  // Thread-safe.
  void merge_packets(std::size_t less) { packets_.fetch_sub(less, std::memory_order_acq_rel); }
  // Ends one packet with `outcome`. True if it was the last packet and the item had not been
  // closed: then the item has ended, and outcome(), errors(), losses(), outputs() and content() are
  // final. Thread-safe.
  bool end_packet(Outcome outcome);
  // Ends the item although packets may be in flight; later results are dropped. An item with errors
  // fails, whatever `outcome` is. False if the item had already ended. Thread-safe.
  bool close(Outcome outcome, std::optional<Error> error);
  // Marks the item as settled: an earlier run has dealt with it. Call before anybody else has the
  // item.
  void settle() { settled_ = true; }
  bool is_settled() const { return settled_; }
  bool is_closed() const { return closed_.load(std::memory_order_acquire); }

  // Time that nodes have spent on the item, in nanoseconds, without the executions that still run.
  // Thread-safe.
  std::int64_t worked_ns() const { return worked_ns_.load(std::memory_order_relaxed); }
  // Adds the time of a finished execution. Thread-safe.
  void add_work(std::int64_t ns) { worked_ns_.fetch_add(ns, std::memory_order_relaxed); }

  // Stores the packet that came to input `port` (of `ports`) of the joining node. Once `expected`
  // packets with its number have come, returns them all, indexed by port; nullopt before.
  // Thread-safe.
  std::optional<std::vector<Packet>> join(std::size_t node, std::size_t port, std::size_t ports,
                                          std::size_t expected, Packet packet);

  // How the item ended. Requires: it has ended, so nobody changes this any more.
  Outcome outcome() const IMAGEMILL_UNCHECKED { return outcome_; }
  // All errors, sorted by node and message. Requires: the item has ended.
  const std::vector<Error>& errors() const IMAGEMILL_UNCHECKED { return errors_; }
  // At most one loss for each node and kind, sorted by both; empty if no output was written.
  // Requires: the item has ended.
  const std::vector<Loss>& losses() const IMAGEMILL_UNCHECKED { return losses_; }
  // All output files that were written. Requires: the item has ended.
  const std::vector<Written>& outputs() const IMAGEMILL_UNCHECKED { return outputs_; }
  // Fingerprint of the bytes that the source read. Requires: the item has ended.
  const Fingerprint& content() const IMAGEMILL_UNCHECKED { return content_; }

 private:
  // Packets with one number that wait at a joining node for their partners.
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
  // Keyed by node and packet number.
  std::map<std::pair<std::size_t, std::size_t>, Joining> joining_ IMAGEMILL_GUARDED_BY(mutex_);
};

}  // namespace imagemill
