// Contracts of every node, whoever wrote it: checks that name the picture on which one fails.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/node_runner.h"

namespace imagemill::testing {

enum class Profile { none, embedded };

// Kind of picture that is put into a node.
struct PictureKind {
  Size size;
  PixelFormat format;
  Profile profile = Profile::none;
};

// "16-bit RGBA, 5 × 3", "8-bit gray, 1 × 150, with a profile".
std::string to_string(const PictureKind& kind);

// Every format with and without a profile, from one pixel to as many as a thumbnail has; most
// widths leave padding between the rows.
std::vector<PictureKind> all_kinds();

// Noise of that kind, which no codec makes small. The same for the same seed.
Image noise_of(const PictureKind& kind, unsigned seed = 1);

// The picture as the node's first input takes it: as it is, or as a PNG file.
Payload payload_for(const NodeType& type, const Image& image);

struct Contract {
  std::string_view name;
  // How `node` breaks the contract on a picture of that kind; empty if it keeps it, or if the
  // contract does not apply. Throws std::runtime_error if the node fails.
  std::string (*breach)(NodeRunner& node, const PictureKind& kind);
};

// Contracts of transforms; for a node that makes a file they apply to the picture in it.
std::span<const Contract> contracts();

// "The profile is carried: 16-bit RGBA, 5 × 3: none came out": what the node breaks, by contract
// and kind. Not for several threads at once.
std::vector<std::string> breaches(NodeRunner& node, std::span<const PictureKind> kinds);

}  // namespace imagemill::testing
