// Costs of the libraries for the work of a graph's stages.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include "bench/codec_floor.h"
#include "bench/stage_passes.h"

namespace imagemill::bench {

// Does for each item what a stage is about to do, with the library alone, and measures that; at
// first it also checks that the library makes the same of it. Not thread-safe.
class Floors {
 public:
  // `input`: the folder of the items; `output`: where it may write.
  Floors(const GraphSpec& spec, const Graph& graph, std::filesystem::path input,
         std::filesystem::path output);

  // For StageBatch::pass. Read, write, decode and a plain JPEG encode have a floor.
  void visit(std::size_t node, const BatchItem& item, const Payload& in);

  // Mean of an item, by node, since the last call.
  std::map<std::size_t, double> take_seconds();

  // A pass over the batch has been compared: from now on there is only measuring. Of the results
  // compared so many were the same; one that is not ends the program.
  std::uint64_t end_of_check();

 private:
  struct Sum {
    double seconds = 0;
    double count = 0;
  };

  template <class Work>
  void time(std::size_t node, const Work& work);
  void expect(std::size_t node, const BatchItem& item, std::span<const std::uint8_t> made);
  void check(std::size_t node, const BatchItem& item, const Payload& in);
  const std::string* param(std::size_t node, const std::string& name) const;

  const Graph& graph_;
  const std::filesystem::path input_, output_;
  std::map<std::string, std::map<std::string, std::string>> params_;  // by node and name
  CodecFloor codec_;
  std::map<std::size_t, Sum> sums_;
  // Hashes of what the floor made, until the next stage takes what the stage made.
  std::map<std::pair<std::size_t, std::uint64_t>, std::size_t> expected_;
  bool checking_ = true;
  std::uint64_t compared_ = 0;
};

}  // namespace imagemill::bench
