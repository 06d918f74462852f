// write: a file's bytes to the output folder, whole or not at all.
#include "engine/item_template.h"
#include "engine/registry.h"
#include "engine/sha256.h"
#include "nodes/imaging/encoded.h"

namespace imagemill {

template <>
struct EnumNames<Durability> {
  static constexpr std::array<std::pair<std::string_view, Durability>, 2> values = {
      {{"none", Durability::none}, {"file", Durability::file}}};
};

namespace {

struct Write {
  PathTemplate path = *PathTemplate::parse("{dir}/{stem}.{ext}");
  Durability durability = Durability::none;

  static void describe(NodeSchema<Write>& s) {
    s.summary(
        "Writes a file below the output folder: to a temporary name first, then renamed into "
        "place.");
    s.resource(Resource::io, 2);
    s.param(
        "path", &Write::path,
        "Path below the output folder. Fields: {dir} the input's folder, {name} its file name, "
        "{stem} that without extension, {ext} the extension of the output's format, {index} the "
        "item's place in a list or sorted folder, {width} {height} {format} of the input; "
        "behind tiles {number} {level} {column} {row}; {exif.NAME} a text of the file.",
        "fields: " + std::string(PathTemplate::kFields), [](const PathTemplate&) { return true; });
    s.param("durability", &Write::durability,
            "file: each file is on the disk (fsync) before it gets its name.");
    s.example("write: {type: write, in: encode, path: \"{dir}/{stem}.{ext}\"}");
  }

  Result<void> open(const Environment& environment) {
    environment_ = environment;
    std::error_code ignored;
    if (std::filesystem::equivalent(environment.input, environment.output, ignored)) {
      return failure("output_is_input",
                     "the output folder '" + environment.output.string() + "' is the input folder");
    }
    const auto from = std::filesystem::canonical(environment.output, ignored);
    const auto input =
        std::filesystem::canonical(environment.input, ignored).lexically_relative(from);
    if (!input.empty() && *input.begin() != "..") input_ = (input / "").string();
    return environment.files->prepare_output(environment.output);
  }

  std::vector<std::string> fields() const { return path.fields(); }

  std::string claim(const ItemInfo& item, const Facts& in, const PartOf* part) const {
    return path.expand(item, in.extension, part);
  }

  Result<Written> process(const imaging::Encoded& in, const Call& call) const {
    const std::string& target = call.claim();
    if (!input_.empty() && target.starts_with(input_)) {
      return failure("output_is_input", "'" + target + "' would lie in the input folder");
    }
    auto replaced =
        environment_.files->replace(environment_.output / target, *in.bytes, durability);
    if (!replaced) return tl::make_unexpected(std::move(replaced.error()));
    const bool digest = environment_.digests == Digests::on;
    return Written{target, in.bytes->size(), digest ? to_hex(sha256(*in.bytes)) : ""};
  }

 private:
  Environment environment_;
  std::string input_;  // below the output folder, if it lies there
};

IMAGEMILL_REGISTER_NODE("write", Write);

}  // namespace
}  // namespace imagemill
