// What every node must keep to, whoever wrote it: checks that name the picture where one fails.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/node_runner.h"

namespace imagemill::testing {

enum class Profile { none, embedded };

// What is put into a node.
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
  // In what `node` breaks it on a picture of that kind; empty where it keeps it, or where it does
  // not apply. Throws std::runtime_error where the node fails.
  std::string (*breach)(NodeRunner& node, const PictureKind& kind);
};

// They hold for transforms; where a node makes a file, for the picture in it.
std::span<const Contract> contracts();

// "The profile is carried: 16-bit RGBA, 5 × 3: none came out": what the node breaks, by contract
// and kind. Not for several threads at once.
std::vector<std::string> breaches(NodeRunner& node, std::span<const PictureKind> kinds);

}  // namespace imagemill::testing
