// A graph over a world of items, run again and again with a journal.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "engine/resume/journal.h"
#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"
#include "tests/support/temporary_folder.h"

namespace imagemill::testing {

// A world with a journal beside it.
class Job {
 public:
  explicit Job(int items, const std::string& graph = std::string(kTwoBranches))
      : world(items), graph_(graph) {}

  Run run(Redo redo, Settings settings = {}, const std::string& graph = "",
          const std::function<void(const Item&)>& on_ended = {}) {
    journal_ =
        *Journal::open(folder_ / "journal", redo == Redo::everything ? Journal::Earlier::dropped
                                                                     : Journal::Earlier::read);
    settings.journal = journal_.get();
    settings.redo = redo;
    const Graph made = make_graph(graph.empty() ? graph_ : graph);
    auto ran = try_run(world, made, settings, on_ended);
    REQUIRE(ran);
    return std::move(*ran);
  }

  // The outputs that were written since the last call.
  std::set<std::string> written() {
    std::set<std::string> paths;
    auto now = stamps();
    for (const auto& [path, stamp] : now) {
      const auto before = stamps_.find(path);
      if (before == stamps_.end() || before->second != stamp) paths.insert(path);
    }
    stamps_ = std::move(now);
    return paths;
  }
  // Outputs of a single run.
  std::map<std::string, std::string> fresh(const std::string& graph = "") const {
    World other;
    other.entries = world.entries;
    other.ordered = world.ordered;
    other.hook = world.hook;
    testing::run(other, graph.empty() ? graph_ : graph, {.serial = true});
    return other.files();
  }

  World world;

 private:
  std::map<std::string, FileStamp> stamps() const {
    std::map<std::string, FileStamp> all;
    for (const auto& file : world.files()) all[file.first] = *world.stamp(file.first);
    return all;
  }

  std::string graph_;
  TemporaryFolder folder_;
  std::unique_ptr<Journal> journal_;
  std::map<std::string, FileStamp> stamps_;
};

using Paths = std::set<std::string>;

}  // namespace imagemill::testing
