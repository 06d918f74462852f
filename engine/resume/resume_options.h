// How a run deals with what earlier runs have made.
#pragma once

#include <string>

namespace imagemill {

class Journal;

// Which items a run with a journal does.
enum class Redo {
  everything,         // as if nothing had been done
  undone,             // what the journal does not call done; files are told by size and time
  undone_by_content,  // likewise, by their content: all of them are read
  failed,             // those that have failed, and no others
};

// What becomes of outputs that an earlier run has made of an item and this one does not.
enum class Former { kept, removed };

struct ResumeOptions {
  // Where to write down what has been done, and what of it need not be done again; null: nowhere.
  // Must outlive the run.
  Journal* journal = nullptr;
  Redo redo = Redo::everything;
  Former former = Former::kept;
  // The versions of all that decides about the bytes of an output.
  std::string made_by = {};
};

}  // namespace imagemill
