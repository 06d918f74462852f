// One node on its own, as the engine would call it, and pictures to feed it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "engine/graph/graph.h"
#include "nodes/imaging/codec/encoded.h"
#include "nodes/imaging/pixels/image.h"

namespace imagemill::bench {

// Facts of an upright picture: pixels, or a file in the format named by `encoded_as`.
Facts facts_of(imaging::Size size, imaging::PixelFormat format, std::string_view encoded_as);

// A node with its parameters set, opened and given scratch. What can't be done ends the program: a
// benchmark that runs on nothing measures nothing.
class Stage {
 public:
  Stage(const std::string& type, const std::vector<std::pair<std::string, std::string>>& params,
        const Environment& environment = {});

  // Plans for an input with these facts, under this demand on the output.
  void plan(const Facts& in, const Demand& demand);
  // Plans for an input of this size that is wanted whole.
  void plan(imaging::Size size, imaging::PixelFormat format, std::string_view encoded_as = {}) {
    plan(facts_of(size, format, encoded_as), {size.width, size.height});
  }

  Payload run(Payload in);
  template <class Out>
  Out run_as(Payload in) {
    return std::any_cast<Out>(run(std::move(in)));
  }

  Node& node() { return *node_; }
  ItemInfo& item() { return item_; }

 private:
  std::unique_ptr<Node> node_;
  std::unique_ptr<Node::Scratch> scratch_;
  ItemInfo item_;
  NodePlan plan_;
};

// A photo-like picture, the same on every run.
imaging::Image photo(imaging::Size size);
// The photo as a file, made by the encode node.
imaging::Encoded photo_file(imaging::Size size, const std::string& format);

// items/s, and bytes/s of the pixels or file bytes that a stage takes in.
void count(benchmark::State& state, std::size_t bytes_per_item);

}  // namespace imagemill::bench
