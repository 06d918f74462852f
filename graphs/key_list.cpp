#include "graphs/key_list.h"

#include <fstream>

#include "engine/guarded.h"
#include "engine/listing.h"
#include "engine/output_lock.h"
#include "engine/posix.h"
#include "engine/temporaries.h"

namespace imagemill {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".list";

fs::path folder_of(const fs::path& output) { return own_folder(output) / "lists"; }

Result<fs::path> write_to(const fs::path& file, const Graph& graph, const Environment& environment,
                          const std::stop_token& stop) {
  Environment opened = environment;
  opened.stop = stop;
  if (auto open = graph.source().open(opened); !open) {
    return tl::make_unexpected(std::move(open.error()));
  }
  auto cursor = graph.source().list();
  if (!cursor) return tl::make_unexpected(std::move(cursor.error()));
  std::ofstream stream(file, std::ios::binary);
  KeyDigest digest(KeyDigest::Order::counts);
  while (const auto entry = (*cursor)->next()) {
    if (stop.stop_requested()) break;
    if (entry->error && entry->error->scope == Scope::run) {
      return tl::make_unexpected(*entry->error);
    }
    digest.add(entry->key);
    stream << entry->key << (entry->error ? "/" : "") << '\0';
  }
  // A source that is stopped ends, too.
  if (stop.stop_requested()) {
    return failure("interrupted", "stopped while the input was listed");
  }
  stream.close();
  const std::string what = "cannot write to the folder '" + file.parent_path().string() + "'";
  if (!stream) return failure("io_error", what);
  fs::path list = folder_of(environment.output) / (to_hex(digest.finish()) + std::string(kSuffix));
  auto disk = environment.files->disk(environment.output);
  if (!disk) return tl::make_unexpected(std::move(disk.error()));
  if (auto synced = (*disk)->sync(); !synced) {
    return tl::make_unexpected(std::move(synced.error()));
  }
  std::error_code error;
  fs::rename(file, list, error);
  if (error) return system_failure(what, error.value());
  // And its name.
  if (auto synced = (*disk)->sync(); !synced) {
    return tl::make_unexpected(std::move(synced.error()));
  }
  return list;
}

}  // namespace

Result<fs::path> write_key_list(const Graph& graph, const Environment& environment,
                                const std::stop_token& stop) {
  const fs::path folder = folder_of(environment.output);
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    return system_failure("cannot write to the folder '" + environment.output.string() + "'",
                          error.value());
  }
  if (fs::is_symlink(own_folder(environment.output), error)) {
    return failure("outside_output",
                   "the folder '" + own_folder(environment.output).string() + "' is a link");
  }
  remove_stale_temporaries(folder, stop);
  const fs::path file = folder / temporary_name();
  auto list = guarded([&] { return write_to(file, graph, environment, stop); });
  if (!list) fs::remove(file, error);
  return list;
}

std::optional<Fingerprint> digest_of_list(const fs::path& output, const fs::path& list) {
  std::error_code error;
  if (list.extension() != kSuffix) return {};
  if (!fs::equivalent(list.parent_path(), folder_of(output), error)) return {};
  return parse_fingerprint(list.stem().string());
}

}  // namespace imagemill
