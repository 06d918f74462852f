// Options for resuming: which items are done again, and what becomes of former outputs.
#pragma once

#include <string>

namespace imagemill {

class Journal;

// Which items a run with a journal does.
enum class Redo {
  everything,  // all items
  undone,      // items not done according to the journal; files are compared by size and time
  undone_by_content,  // like undone, but files are compared by content, so all are read
  failed,             // only items that have failed
};

// What becomes of former outputs: those that an earlier run made of an item and this run does not.
enum class Former { kept, removed };

struct ResumeOptions {
  // The journal that the run reads and adds to; null: the run keeps no journal. Must outlive the
  // run.
  Journal* journal = nullptr;
  Redo redo = Redo::everything;
  Former former = Former::kept;
  // The versions of all software that determines the bytes of an output.
  std::string made_by = {};
};

}  // namespace imagemill
