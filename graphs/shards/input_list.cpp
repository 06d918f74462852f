#include "graphs/shards/input_list.h"

#include <cerrno>

#include <sys/stat.h>

#include "engine/base/exception_guard.h"
#include "engine/files/atomic_file.h"
#include "engine/files/output_lock.h"
#include "engine/files/posix.h"
#include "engine/files/temporary_names.h"
#include "engine/source/listing.h"
#include "graphs/config/descriptor_stream.h"

namespace imagemill {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".list";

fs::path folder_of(const fs::path& output) { return own_folder(output) / "lists"; }

Result<fs::path> write_to(const fs::path& folder, const Graph& graph,
                          const Environment& environment, const std::stop_token& stop) {
  const std::string what = "cannot write to the folder '" + folder.string() + "'";
  Environment opened = environment;
  opened.stop = stop;
  if (auto open = graph.source().open(opened); !open) {
    return tl::make_unexpected(std::move(open.error()));
  }
  auto cursor = graph.source().list();
  if (!cursor) return tl::make_unexpected(std::move(cursor.error()));
  auto file = AtomicFile::make(folder);
  if (!file) return system_failure(what, file.error());
  DescriptorStream stream(file->fd());
  KeyDigest digest(KeyDigest::Order::counts);
  while (const auto entry = (*cursor)->next()) {
    if (stop.stop_requested()) break;
    if (entry->error && entry->error->scope == Scope::run) {
      return tl::make_unexpected(*entry->error);
    }
    digest.add(entry->key);
    stream << entry->key << (entry->error ? "/" : "") << '\0';
  }
  // A stopped source ends as an exhausted one does.
  if (stop.stop_requested()) {
    return failure("interrupted", "stopped while the input was listed");
  }
  stream.flush();
  const int closed = file->close();
  if (const int error = stream.error() != 0 ? stream.error() : closed) {
    return system_failure(what, error);
  }
  const std::string name = to_hex(digest.finish()) + std::string(kSuffix);
  auto disk = environment.files->disk(environment.output);
  if (!disk) return tl::make_unexpected(std::move(disk.error()));
  if (auto synced = (*disk)->sync(); !synced) {
    return tl::make_unexpected(std::move(synced.error()));
  }
  if (const int error = file->rename_to(name)) return system_failure(what, error);
  // The first sync made the bytes durable; this one makes the name so.
  if (auto synced = (*disk)->sync(); !synced) {
    return tl::make_unexpected(std::move(synced.error()));
  }
  return folder / name;
}

}  // namespace

Result<fs::path> write_key_list(const Graph& graph, const Environment& environment,
                                const std::stop_token& stop) {
  const std::string what = "cannot write to the folder '" + environment.output.string() + "'";
  if (auto made = make_own_folder(environment.output, what); !made) {
    return tl::make_unexpected(std::move(made.error()));
  }
  const fs::path folder = folder_of(environment.output);
  if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) return system_failure(what, errno);
  std::error_code error;
  if (fs::is_symlink(folder, error)) {
    return failure("outside_output", "the folder '" + folder.string() + "' is a link");
  }
  remove_stale_temporaries(folder, stop);
  return guarded([&] { return write_to(folder, graph, environment, stop); });
}

std::optional<Fingerprint> digest_of_list(const fs::path& output, const fs::path& list) {
  std::error_code error;
  if (list.extension() != kSuffix) return {};
  if (!fs::equivalent(list.parent_path(), folder_of(output), error)) return {};
  return parse_fingerprint(list.stem().string());
}

}  // namespace imagemill
