#include "bench/stage.h"

#include <cstdio>
#include <cstdlib>

#include "nodes/imaging/sample/sample_photo.h"

namespace imagemill::bench {
namespace {

template <class T>
T require(Result<T> result) {
  if (result) {
    if constexpr (!std::is_void_v<T>) return std::move(*result);
  } else {
    std::fprintf(stderr, "%s\n", to_string(result.error()).c_str());
    std::exit(EXIT_FAILURE);
  }
}

}  // namespace

Facts facts_of(imaging::Size size, imaging::PixelFormat format, std::string_view encoded_as) {
  return {.width = size.width,
          .height = size.height,
          .pixel_width = size.width,
          .pixel_height = size.height,
          .channels = format.channels,
          .bits = format.bits,
          .format = encoded_as,
          .extension = encoded_as,
          .bytes = imaging::Image::byte_size(size, format),
          .codec_bytes = std::uint64_t{1} << 30};
}

Stage::Stage(const std::string& type,
             const std::vector<std::pair<std::string, std::string>>& params,
             const Environment& environment)
    : node_(NodeRegistry::global().find(type)->make()) {
  for (const auto& [name, text] : params) {
    const ParamSpec* param = NodeRegistry::global().find(type)->schema.find(name);
    if (const auto wrong = param->set(node_->parameters(), text))
      require<void>(failure("bad_parameter", *wrong));
  }
  require(node_->open(environment));
  scratch_ = require(node_->make_scratch());
  item_.key = "bench/picture.jpg";
}

void Stage::plan(const Facts& in, const Demand& demand) {
  plan_.in = in;
  plan_.demand = demand;
  plan_.plan = require(node_->plan({&in, 1}, demand));
  plan_.claims = {node_->claim(item_, in, nullptr)};
}

Payload Stage::run(Payload in) {
  const Call call{.item = item_,
                  .plan = plan_,
                  .number = 0,
                  .part = nullptr,
                  .lease_bytes = std::uint64_t{1} << 30};
  return require(node_->process({&in, 1}, scratch_.get(), call));
}

imaging::Image photo(imaging::Size size) {
  return imaging::sample_photo(imaging::SampleScene::landscape, size, 7);
}

imaging::Encoded photo_file(imaging::Size size, const std::string& format) {
  Stage encode("encode", {{"format", format}, {"quality", "90"}});
  encode.plan(size, {});
  return encode.run_as<imaging::Encoded>(photo(size));
}

void count(benchmark::State& state, std::size_t bytes_per_item) {
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes_per_item));
}

}  // namespace imagemill::bench
