// The contract of every node for pictures, whoever wrote it: tests/support/node_contracts.cpp.
#include "tests/support/catch.h"
#include "tests/support/graph_runner.h"
#include "tests/support/node_contracts.h"
#include "tests/support/node_examples.h"
#include "tests/support/photo_set.h"
#include "tests/support/temporary_folder.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

using Breaches = std::vector<std::string>;

std::vector<const NodeType*> transforms() {
  std::vector<const NodeType*> types = all_types();
  std::erase_if(types, [](const NodeType* type) { return type->role != Role::transform; });
  return types;
}

const std::vector<PictureKind> kFewKinds = {{{5, 3}, {1, 8}, Profile::embedded},
                                            {{5, 3}, {2, 16}, Profile::embedded},
                                            {{5, 3}, {3, 16}, Profile::none},
                                            {{5, 3}, {4, 8}, Profile::embedded}};

// The node between what it needs, beside a branch that holds the same pixels.
std::string graph_with(const NodeType& type) {
  const bool takes_files = type.inputs.front().type == imaging::Encoded::kTypeName;
  const std::string from = takes_files ? "read" : "decode";
  std::string in = "in: " + from;
  if (type.inputs.size() > 1) {
    in = "in: {";
    for (const InputPort& port : type.inputs) {
      in += (in.ends_with('{') ? "" : ", ") + std::string(port.name) + ": " + from;
    }
    in += "}";
  }
  const bool gives_files = type.output == imaging::Encoded::kTypeName;
  return "imagemill: 1\nnodes:\n"
         "  read: {type: read}\n"
         "  decode: {type: decode, in: read, depth: keep}\n"
         "  node: {" +
         in + ", " + example_of(type).substr(1) + "\n" +
         (gives_files ? "" : "  encode: {type: encode, in: node, format: png}\n") +
         "  write: {type: write, in: " + (gives_files ? "node" : "encode") +
         ", path: \"made/{stem}" + (type.arity == Arity::many ? "-{number}" : "") +
         ".{ext}\"}\n"
         "  same: {type: encode, in: decode, format: png}\n"
         "  keep: {type: write, in: same, path: \"held/{stem}.{ext}\"}\n";
}

}  // namespace

TEST_CASE("Every node keeps the contracts with every kind of picture", "[nodes]") {
  const std::vector<PictureKind> kinds = all_kinds();
  for (const NodeType* type : transforms()) {
    INFO(type->name);
    NodeRunner node(example_of(*type));
    CHECK(breaches(node, kinds) == Breaches());
  }
}

TEST_CASE("Every node keeps the contracts with every choice of its parameters", "[nodes]") {
  for (const NodeType* type : transforms()) {
    for (const std::string& variant : variants_of(*type)) {
      INFO(variant);
      NodeRunner node(variant);
      CHECK(breaches(node, kFewKinds) == Breaches());
    }
  }
}

TEST_CASE("Every node makes the same in every executor, and leaves alone what others hold",
          "[nodes]") {
  Files files;
  for (const PictureKind& kind : kFewKinds) {
    files["file" + std::to_string(files.size()) + ".png"] = png_file(noise_of(kind));
  }
  for (const NodeType* type : transforms()) {
    INFO(type->name);
    const Outputs outputs = run_every_way(graph_with(*type), files);
    CHECK(outputs.failures.empty());
    CHECK(outputs.files.size() >= 2 * files.size());
    for (const auto& [name, file] : files) {
      INFO(name);
      CHECK(same_pixels(picture(outputs.files.at("held/" + name)), picture(file)));
    }
  }
}

TEST_CASE("Every constant's facts are those of what it has loaded", "[nodes]") {
  for (const NodeType* type : all_types()) {
    if (type->role != Role::constant) continue;
    for (const PictureKind& kind : all_kinds()) {
      INFO(type->name << ": " << to_string(kind));
      const TemporaryFolder folder;
      write_files(folder.path(), {{"file.png", png_file(noise_of(kind))}});
      const NodeRunner node(
          example_with(*type, "file: \"" + (folder / "file.png").string() + "\""));
      const Constant<Payload>& constant = node.node().constant();
      CHECK(plan_faults(constant.value, {.out = constant.facts}) == Breaches());
      CHECK(std::any_cast<Image>(constant.value).size() == kind.size);
    }
  }
}
