// write: puts a file's bytes into the output folder, whole or not at all.
#include <algorithm>

#include "engine/base/sha256.h"
#include "engine/files/posix.h"
#include "engine/node/item_template.h"
#include "engine/node/registry.h"
#include "nodes/imaging/codec/codec_table.h"

namespace imagemill {

template <>
struct EnumNames<Durability> {
  static constexpr std::array<std::pair<std::string_view, Durability>, 3> values = {
      {{"none", Durability::none}, {"batch", Durability::batch}, {"file", Durability::file}}};
};

namespace {

struct Write {
  PathTemplate path = *PathTemplate::parse("{dir}/{stem}.{ext}");
  Durability durability = Durability::batch;

  static void describe(NodeSchema<Write>& s) {
    s.summary(
        "Writes a file below the output folder: to a temporary name first, then renamed into "
        "place.");
    s.resource(Resource::io, 2);
    s.param("path", &Write::path,
            "Path below the output folder. Fields: {dir} the input's folder, {name} its file name, "
            "{stem} that without extension, {ext} the extension of the output's format, {index} "
            "the item's place in a list or sorted folder, {width} {height} {format} of the input; "
            "behind tiles {number} {level} {column} {row}; {exif.NAME} a text of the file. A date "
            "can give its parts (%Y %y %m %d %H %M %S), as in {exif.DateTimeOriginal:%Y/%m}; a "
            "file without that date fails (no_date). A literal extension must be one of the "
            "output's format.",
            "fields: " + std::string(PathTemplate::kFields),
            [](const PathTemplate&) { return true; });
    s.param("durability", &Write::durability,
            "Which files survive a power cut. batch: all that the journal calls done, by one sync "
            "for many files before it says so. file: every file, synced before it gets its name, "
            "and its folder after. none: those that the system has written by then. In each case a "
            "later --resume makes incomplete files again.");
    s.example("write: {type: write, in: encode, path: \"{dir}/{stem}.{ext}\"}");
  }

  Result<void> open(const Environment& environment) {
    environment_ = environment;
    if (auto checked = check_layout(environment); !checked) return checked;
    if (auto prepared = environment.files->prepare_output(environment.output); !prepared) {
      return prepared;
    }
    folding_ = environment.files->folding(environment.output);
    if (layout_of(environment) == Layout::input_in_output) {
      input_ = folded(input_below_output(environment), folding_);
    }
    return {};
  }

  std::vector<std::string> fields() const { return path.fields(); }

  Result<void> check_name(const std::vector<std::string>& extensions) const {
    const std::string_view said = imaging::kind_of_extension(written_extension());
    const auto is_said = [&](const std::string& extension) {
      return imaging::kind_of_extension(extension) == said;
    };
    if (said.empty() || extensions.empty() ||
        std::any_of(extensions.begin(), extensions.end(), is_said)) {
      return {};
    }
    std::string made;
    for (const std::string& extension : extensions) {
      made += (made.empty() ? "" : " or ") + extension;
    }
    Error error("wrong_extension", "path: '" + path.text() + "' names a " + std::string(said) +
                                       " file, but the input is " + made +
                                       ": end it in {ext}, or encode another format");
    error.param = "path";
    return tl::make_unexpected(std::move(error));
  }

  std::string claim(const ItemInfo& item, const Facts& in, const PartOf* part) const {
    return path.expand(item, in.extension, part);
  }

  Result<Written> process(const imaging::Encoded& in, const Call& call) const {
    const std::string& target = call.claim();
    const std::string key = folded(target, folding_);
    if (!input_.empty() && key.starts_with(input_)) {
      return failure("output_is_input", "'" + target + "' would lie in the input folder");
    }
    if (key.starts_with(kOwnPrefix)) {
      return failure("output_conflict",
                     "'" + target + "' is a name that imagemill keeps for itself");
    }
    auto replaced = environment_.files->replace(environment_.output, target, *in.bytes, durability);
    if (!replaced) return tl::make_unexpected(std::move(replaced.error()));
    const bool digest = environment_.digests == Digests::on;
    return Written{.path = target,
                   .stamp = *replaced,
                   .content = fingerprint(*in.bytes),
                   .durability = durability,
                   .sha256 = digest ? to_hex(sha256(*in.bytes)) : ""};
  }

 private:
  // The path's extension if it contains no field; else empty.
  std::string_view written_extension() const {
    const std::string_view text = path.text();
    const auto begin = text.find_last_of("./{}");
    return begin == std::string_view::npos || text[begin] != '.' ? "" : text.substr(begin + 1);
  }

  Environment environment_;
  NameFolding folding_;  // of the output folder
  std::string input_;    // folded path below the output folder; empty if the input lies elsewhere
};

IMAGEMILL_REGISTER_NODE("write", Write);

}  // namespace
}  // namespace imagemill
