// The plan of a resumed run: which outputs still have to be made, according to the journal of
// earlier runs. Also writes this run's journal entries. Internal to the engine.
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

// The journal entry of an item, as far as it is known at admission.
struct ItemRecord {
  JournalEntry entry;                          // `outputs` holds the outputs that are kept
  std::map<std::size_t, Fingerprint> recipes;  // by sink that the item reaches
  std::vector<JournalOutput> former;           // outputs of the item from earlier runs
  bool same_input = false;                     // the input is the one of the earlier run
  bool failed_before = false;                  // an earlier run failed on the same input
  bool settled = false;                        // no output has to be made
};

// Decides which outputs of earlier runs can be kept, and writes the journal's entries.
//
// An output is kept if the journal names it with the same recipe and input, and the file is
// unchanged. The recipe covers:
//  - the types and parameters of all nodes that lead to the sink,
//  - the files that those nodes read when they were opened,
//  - the plan of the item at those nodes (a decode that shrinks less makes another output),
//  - the item's index, if a template uses the index,
//  - the versions of the software.
//
// Thread-safe, apart from remove_former().
class ResumePlan {
 public:
  // Requires: the graph's nodes are open; resume.journal is not null. `graph`, `environment` and
  // `resume` outlive the resume plan. `folding` is the output folder's.
  ResumePlan(const Graph& graph, const Environment& environment, const ResumeOptions& resume,
             std::stop_token stop, const NameFolding& folding);

  // An item that need not be probed, provided that it can claim the paths of its outputs.
  struct Settled {
    std::vector<NodePlan> plans;  // 0 packets at each node, and the paths to claim
    std::vector<Written> kept;
    std::optional<JournalEntry> entry;  // nullopt: the journal has no entry of the item
    bool is_passed_over = false;        // Redo::failed leaves the item out
  };
  // The item, if it is settled; nullopt if it has to be probed.
  std::optional<Settled> settled(std::uint64_t index, const std::string& key);
  // Call if a settled item has claimed its paths.
  void keep(const Settled& settled);
  // Call if a settled item could not claim its paths: adds a journal entry that it has failed.
  void give_up(Settled settled);

  // The record of an item that was planned. Sinks whose outputs are kept get 0 packets in `plans`;
  // their outputs are added to `kept`.
  std::shared_ptr<ItemRecord> begin(const ItemInfo& item, std::vector<NodePlan>& plans,
                                    std::vector<Written>& kept);
  // Adds the journal entry of an item that has ended, unless it was cancelled.
  void ended(const Item& item);

  // Counts former outputs in `report`, and removes them with Former::removed. A former output stays
  // if its file was changed, its path is claimed in this run, or it lies in the input folder. Call
  // once: after the whole source was listed and every item has ended, and before the journal is
  // finished. Returns false if a stop was requested before the end.
  bool remove_former(OutputClaims& claims, RunReport& report);

 private:
  // The part of a sink's recipe that is the same for all items.
  struct Recipe {
    Fingerprint made_of;
    std::vector<std::size_t> nodes;  // nodes that lead to the sink, without choices
    bool indexed = false;            // whether one of `nodes` uses the item's index
  };

  Recipe recipe_of(std::size_t sink) const;
  Fingerprint recipe(std::size_t sink, const ItemInfo& item,
                     const std::vector<NodePlan>& plans) const;
  Fingerprint fingerprint_of_graph() const;
  bool is_input(const JournalEntry& entry, const FileStamp& stamp) const;
  // The output with its present stamp; nullopt if the file is missing or was changed.
  std::optional<JournalOutput> found(const JournalOutput& output) const;
  Written kept(const JournalOutput& output) const;
  // Whether an earlier run failed on the item, or failed to list a folder above it.
  bool has_failed(const std::string& key, const std::optional<JournalEntry>& entry) const;
  bool is_in_input(const std::string& path) const;
  void note_former(const JournalEntry& entry);
  void remove_former_of(JournalEntry entry, OutputClaims& claims, RunReport& report);

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
  std::string input_;  // folded path of the input folder below the output folder, if it lies there

  Mutex mutex_;
  // Journal lines of entries with former outputs.
  StringSpool former_ IMAGEMILL_GUARDED_BY(mutex_);
  std::vector<std::uint64_t> places_ IMAGEMILL_GUARDED_BY(mutex_);  // places in `former_`
};

}  // namespace imagemill
