#include "bench/floors.h"

#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/metrics/run_report.h"
#include "nodes/imaging/codec/jpeg/jpeg.h"

namespace imagemill::bench {
namespace {

std::size_t hash(std::span<const std::uint8_t> bytes) {
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::size_t hash(const imaging::Image& image) {
  std::vector<std::uint8_t> bytes;
  const std::size_t row_bytes =
      static_cast<std::size_t>(image.width()) * image.format().bytes_per_pixel();
  for (int y = 0; y < image.height(); ++y) {
    bytes.insert(bytes.end(), image.row(y), image.row(y) + row_bytes);
  }
  return hash(bytes);
}

}  // namespace

Floors::Floors(const GraphSpec& spec, const Graph& graph, std::filesystem::path input,
               std::filesystem::path output)
    : graph_(graph), input_(std::move(input)), output_(std::move(output)) {
  for (const NodeSpec& node : spec.nodes) {
    for (const auto& [name, value] : node.config.params) params_[node.config.name][name] = value;
  }
}

template <class Work>
void Floors::time(std::size_t node, const Work& work) {
  const std::int64_t begin = now_ns();
  work();
  Sum& sum = sums_[node];
  sum.seconds += static_cast<double>(now_ns() - begin) * 1e-9;
  ++sum.count;
}

void Floors::visit(std::size_t node, const BatchItem& item, const Payload& in) {
  const std::string& type = graph_.nodes()[node].type->name;
  const Facts& out = item.plans[node].plan.out;
  if (checking_) check(node, item, in);
  std::span<const std::uint8_t> made;
  if (type == "read") {
    time(node, [&] { codec_.read(input_ / item.info.key); });
  } else if (type == "write") {
    const auto& file = std::any_cast<const imaging::Encoded&>(in);
    time(node, [&] { CodecFloor::write(output_ / "floor", *file.bytes); });
  } else if (type == "decode") {
    const auto& file = std::any_cast<const imaging::Encoded&>(in);
    time(node, [&] { made = codec_.decode(file, out.pixel_width * out.pixel_height); });
    // Only pictures that need no more than decoding are the same: no turn, no conversion of CMYK.
    const auto samples =
        static_cast<std::size_t>(out.pixel_width * out.pixel_height * out.channels);
    const bool same = item.info.facts.orientation == 1 && out.bits == 8 && made.size() == samples;
    if (same) expect(node, item, made);
  } else if (type == "encode" && out.format == "jpeg") {
    const auto& image = std::any_cast<const imaging::Image&>(in);
    const bool plain = !param(node, "subsampling") && !param(node, "progressive");
    if (!plain || image.format().has_alpha() || image.format().bits != 8) return;
    const std::string* quality = param(node, "quality");
    const int at = quality != nullptr ? std::stoi(*quality) : imaging::EncodeOptions{}.quality;
    time(node, [&] { made = codec_.encode_jpeg(image, at); });
    if (!image.icc() || image.icc()->empty()) expect(node, item, made);
  }
}

void Floors::expect(std::size_t node, const BatchItem& item, std::span<const std::uint8_t> made) {
  if (checking_) expected_[{node, item.info.index}] = hash(made);
}

void Floors::check(std::size_t node, const BatchItem& item, const Payload& in) {
  if (!in.has_value()) return;
  const std::size_t maker = graph_.nodes()[node].inputs.front().node;
  const auto found = expected_.find({maker, item.info.index});
  if (found == expected_.end()) return;
  const auto* image = std::any_cast<imaging::Image>(&in);
  const auto* file = std::any_cast<imaging::Encoded>(&in);
  if (image == nullptr && file == nullptr) return;
  if ((image != nullptr ? hash(*image) : hash(*file->bytes)) != found->second) {
    fmt::print(stderr, "{}: the floor of '{}' makes something else of it\n", item.info.key,
               graph_.nodes()[maker].name);
    std::exit(EXIT_FAILURE);
  }
  ++compared_;
  expected_.erase(found);
}

const std::string* Floors::param(std::size_t node, const std::string& name) const {
  const auto of_node = params_.find(graph_.nodes()[node].name);
  if (of_node == params_.end()) return nullptr;
  const auto found = of_node->second.find(name);
  return found == of_node->second.end() ? nullptr : &found->second;
}

std::map<std::size_t, double> Floors::take_seconds() {
  std::map<std::size_t, double> means;
  for (const auto& [node, sum] : sums_) means[node] = sum.seconds / sum.count;
  sums_.clear();
  return means;
}

std::uint64_t Floors::end_of_check() {
  checking_ = false;
  expected_.clear();
  sums_.clear();
  return compared_;
}

}  // namespace imagemill::bench
