// What of a run's items still has to be made, by what a journal says of earlier runs; and what the
// journal will say of this one. Internal to the engine.
#pragma once

#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/mutex.h"
#include "engine/base/string_spool.h"
#include "engine/files/environment.h"
#include "engine/graph/graph.h"
#include "engine/metrics/run_report.h"
#include "engine/resume/journal.h"
#include "engine/resume/resume_options.h"
#include "engine/source/output_claims.h"

namespace imagemill {

// Of an item that is done, as far as it is known before it is.
struct ItemRecord {
  JournalEntry entry;                          // its outputs: those that are kept
  std::map<std::size_t, Fingerprint> recipes;  // by sink on its way
  std::vector<JournalOutput> former;           // what earlier runs have written of it
  bool same_input = false;                     // as theirs
  bool failed_before = false;                  // of the same input
  bool settled = false;                        // nothing of it has to be made
};

// An output is right where the journal has it, made by the same part of the graph from the same
// input, and the file is still what was written. The part of the graph: the types and parameters of
// all nodes that lead to its sink, what they have read when they were opened, what was planned for
// this item on the way (so that a decode that shrinks less makes another output), its index where a
// template has that, and the versions that made it.
//
// Thread-safe, apart from remove_former().
class Ledger {
 public:
  // Requires: the graph's nodes are open; resume.journal. `graph` and `resume` outlive it.
  // `folding`: of the output folder.
  Ledger(const Graph& graph, const Environment& environment, const ResumeOptions& resume,
         std::stop_token stop, const NameFolding& folding);

  // An item that need not be looked at, if it gets the paths of its outputs.
  struct Settled {
    std::vector<NodePlan> plans;  // nothing to do, and the paths
    std::vector<Written> kept;
    std::optional<JournalEntry> entry;  // none: nothing is known of it
    bool is_passed_over = false;        // it was not asked for
  };
  std::optional<Settled> settled(std::uint64_t index, const std::string& key);
  // It did get them.
  void keep(const Settled& settled);
  // It did not: it has failed, as the journal will say.
  void give_up(Settled settled);

  // Takes the sinks off the item's way whose outputs are right: those are `kept`.
  std::shared_ptr<ItemRecord> begin(const ItemInfo& item, std::vector<NodePlan>& plans,
                                    std::vector<Written>& kept);
  void ended(const Item& item);

  // Call once, after every item has ended, all of the source was gone through, and before the
  // journal is finished. Where it is asked for: removes what earlier runs have written of its items
  // and nobody has written or kept this time, unless somebody has changed it since, or it lies in
  // the input folder. False where a stop was requested before it was through.
  bool remove_former(PathClaims& claims, RunReport& report);

 private:
  // Of a sink.
  struct Recipe {
    Fingerprint made_of;
    std::vector<std::size_t> nodes;  // that lead to it, choices left out
    bool indexed = false;            // whether one of them tells items apart by their index
  };

  Recipe recipe_of(std::size_t sink) const;
  Fingerprint recipe(std::size_t sink, const ItemInfo& item,
                     const std::vector<NodePlan>& plans) const;
  Fingerprint fingerprint_of_graph() const;
  bool is_input(const JournalEntry& entry, const FileStamp& stamp) const;
  // As it is now; nothing where it is not there as it was written.
  std::optional<JournalOutput> found(const JournalOutput& output) const;
  Written kept(const JournalOutput& output) const;
  // Whether it, or a folder that it is in, could not be listed or done.
  bool has_failed(const std::string& key, const std::optional<JournalEntry>& entry) const;
  bool is_in_input(const std::string& path) const;
  void note_former(const JournalEntry& entry);
  void remove_former_of(JournalEntry entry, PathClaims& claims, RunReport& report);

  const Graph& graph_;
  const Environment& environment_;
  const ResumeOptions& resume_;
  const std::stop_token stop_;
  Journal& journal_;
  std::map<std::size_t, Recipe> recipes_;     // by sink
  std::map<std::string, std::size_t> sinks_;  // by name
  bool indexed_ = false;
  Fingerprint graph_print_;
  Layout layout_ = Layout::apart;
  const NameFolding folding_;
  std::string input_;  // folded, below the output folder, if it lies there

  Mutex mutex_;
  KeyLog former_ IMAGEMILL_GUARDED_BY(
      mutex_);  // entries with outputs that may have to go, as lines of a journal
  std::vector<std::uint64_t> places_ IMAGEMILL_GUARDED_BY(mutex_);  // in it
};

}  // namespace imagemill
