// read: makes an item of each image below the input folder.
#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <mutex>

#include "engine/base/glob.h"
#include "engine/files/path_list.h"
#include "engine/node/registry.h"
#include "nodes/imaging/codec/codec_table.h"

namespace imagemill {
namespace {

constexpr std::size_t kFirstRead =
    128 * 1024;  // holds the header of nearly every file, and all of a small one

std::string_view extension_of(std::string_view key) {
  const auto dot = key.find_last_of("./");
  return dot == std::string_view::npos || key[dot] == '/' ? "" : key.substr(dot + 1);
}

// "a JPEG nor a PNG file".
std::string known_files() {
  std::string text;
  for (const imaging::Codec* codec : imaging::codecs().all()) {
    text += (text.empty() ? "a " : " nor a ") + std::string(codec->kind);
  }
  return text + " file";
}

Facts facts_of(const imaging::Header& header, std::uint64_t file_size) {
  const imaging::Size seen = header.oriented_size();
  return {.width = seen.width,
          .height = seen.height,
          .pixel_width = seen.width,
          .pixel_height = seen.height,
          .channels = header.pixels.channels,
          .bits = header.pixels.bits,
          .orientation = header.orientation,
          .format = header.codec->name,
          .extension = header.codec->extension(),
          .file_bytes = file_size,
          .bytes = imaging::BufferPool::capacity(file_size),
          .codec_bytes = header.codec_bytes,
          .profile_bytes = header.profile_bytes};
}

enum class Order { listed, sorted };

}  // namespace

template <>
struct EnumNames<Order> {
  static constexpr std::array<std::pair<std::string_view, Order>, 2> values = {
      {{"listed", Order::listed}, {"sorted", Order::sorted}}};
};

namespace {

constexpr std::string_view kGroup = "exif.";

// Names of the EXIF texts in templates.
const std::vector<std::string>& text_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> with_group;
    for (const std::string_view name : imaging::exif_names()) {
      with_group.push_back(std::string(kGroup) + std::string(name));
    }
    return with_group;
  }();
  return names;
}

std::vector<std::string> date_names() {
  std::vector<std::string> dates;
  for (const std::string& name : text_names()) {
    if (imaging::is_exif_date(std::string_view(name).substr(kGroup.size()))) dates.push_back(name);
  }
  return dates;
}

std::vector<ItemText> texts_of(std::vector<imaging::ExifText> exif) {
  const std::vector<std::string_view>& known = imaging::exif_names();
  std::vector<ItemText> texts;
  for (imaging::ExifText& text : exif) {
    const auto place = std::find(known.begin(), known.end(), text.name) - known.begin();
    texts.push_back({text_names()[static_cast<std::size_t>(place)], std::move(text.value)});
  }
  return texts;
}

struct Read {
  std::string include = "**";
  std::string exclude;
  Order order = Order::listed;
  ByteSize max_file_size{std::uint64_t{256} << 20};

  static void describe(NodeSchema<Read>& s) {
    s.summary(
        "Reads the images below the input folder, or those that a list names. For a list, "
        "run.input "
        "is its file, or '-' for standard input, with one path a line or between NULs (as find "
        "-print0 writes them), in UTF-8, relative to the current folder. Links to files are "
        "followed, links "
        "to folders are not. What is an image is told by a "
        "file's first bytes, not by its name.");
    s.resource(Resource::io, 2);
    s.param("include", &Read::include,
            "Files to read, by path below the input folder: * is any text without a slash, ** "
            "any text, ? one character. Letters of the extension match in either case, so that "
            "**.jpg finds DSC_1.JPG.");
    s.param("exclude", &Read::exclude, "Files to leave out of these, by path likewise.");
    s.param(
        "order", &Read::order,
        "listed: folder by folder, and the first file is read before the last is found. sorted: "
        "by path, all found first. A list keeps its own order.");
    s.param("max_file_size", &Read::max_file_size, "A larger file fails (file_too_large).");
    s.example("read: {type: read, include: \"**.jpg\", concurrency: 2}");
  }

  Result<void> open(const Environment& environment) {
    if (auto checked = check_input(environment); !checked) return checked;
    environment_ = environment;
    base_ = base_of(environment.input);
    is_list_ = base_.empty();
    const Layout layout = layout_of(environment);
    writes_here_ = layout == Layout::same;
    may_name_outputs_ =
        is_list_ || (!environment.list.empty() && layout == Layout::output_in_input);
    return {};
  }

  std::uint64_t probe_bytes() const { return imaging::BufferPool::capacity(kFirstRead); }
  bool ordered() const { return is_list_ || !environment_.list.empty() || order == Order::sorted; }
  std::vector<std::string> extensions() const {
    std::vector<std::string> extensions;
    for (const imaging::Codec* codec : imaging::codecs().all()) {
      extensions.emplace_back(codec->extension());
    }
    return extensions;
  }
  std::vector<std::string> texts() const { return text_names(); }
  std::vector<std::string> dates() const { return date_names(); }

  Result<std::unique_ptr<Cursor>> list() const {
    const bool has_list = is_list_ || !environment_.list.empty();
    auto entries = is_list_   ? paths()
                   : has_list ? listed_below()
                              : environment_.files->walk(environment_.input, environment_.output,
                                                         environment_.stop);
    if (!entries) return entries;
    std::unique_ptr<Cursor> wanted =
        std::make_unique<Wanted>(std::move(*entries), include, exclude, environment_.stop);
    // Listing ends before the first item if the walk would otherwise find the run's own outputs.
    if (has_list || (order == Order::listed && !writes_here_)) return wanted;
    return sorted(std::move(wanted), environment_.stop);
  }

  Result<std::optional<Candidate<imaging::Encoded>>> probe(const std::string& key) const {
    const std::filesystem::path path = path_of(key);
    if (may_name_outputs_ && lies_below(path, environment_.output)) {
      return failure("output_is_input", "it lies in the output folder '" +
                                            environment_.output.string() +
                                            "', where it could be overwritten");
    }
    if (key.find('\0') != std::string::npos) return failure("not_found", "a path with a NUL");
    auto opened = environment_.files->open(path);
    if (!opened) {
      const std::string_view code = opened.error().code;
      // The entry may be a pipe, a device, or a link to an unreachable target.
      std::error_code error;
      const bool is_no_file =
          code == "not_a_file" || code == "not_found" || std::filesystem::is_symlink(path, error);
      if (is_no_file && !may_be_image(key)) return std::optional<Candidate<imaging::Encoded>>();
      return tl::make_unexpected(std::move(opened.error()));
    }
    std::shared_ptr<InputFile> file = std::move(*opened);
    const std::uint64_t size = file->size();

    imaging::Bytes head;
    if (auto more = read_up_to(*file, head, std::min<std::uint64_t>(size, kFirstRead)); !more) {
      return tl::make_unexpected(std::move(more.error()));
    }
    if (!imaging::codecs().sniff(head)) {
      if (!may_be_image(key)) return std::optional<Candidate<imaging::Encoded>>();
      return failure("not_an_image", size == 0 ? "the file is empty" : "neither " + known_files());
    }
    if (size > max_file_size.bytes) {
      return failure("file_too_large", "the file has " + std::to_string(size) +
                                           " bytes, more than max_file_size (" +
                                           TextValue<ByteSize>::format(max_file_size) + ")");
    }
    // No pixel limit: the node that decodes the file has its own.
    const imaging::DecodeLimits unlimited{.max_pixels = std::numeric_limits<std::int64_t>::max()};
    // Only one thread at a time holds more than the first bytes of a file, until the header is
    // known.
    std::unique_lock<std::mutex> one_at_a_time;
    std::uint64_t read_to = head.size();  // offset in the file; `head` may lack parts before it
    while (true) {
      auto header = imaging::read_header(head, unlimited);
      if (!header) return tl::make_unexpected(Error(std::move(header.error())));
      if (*header) {
        Candidate<imaging::Encoded> candidate;
        candidate.facts = facts_of(**header, size);
        candidate.texts = texts_of(std::move((*header)->exif));
        candidate.stamp = file->stamp();
        if (read_to != head.size()) head = {};
        candidate.load = loader(path, std::move(file), std::move(head));
        return candidate;
      }
      const std::uint64_t unread = imaging::drop_unread(head);
      if (unread >= size - read_to) {
        return failure("truncated", "the file ends before its header does");
      }
      if (auto passed = file->skip(unread); !passed) {
        return tl::make_unexpected(std::move(passed.error()));
      }
      read_to += unread;
      // Each read doubles `head` (at least kFirstRead / 2 more), up to kLongestHeader at most.
      const std::size_t wanted = std::clamp(head.size(), kFirstRead / 2, imaging::kLongestHeader);
      const auto next = std::min<std::uint64_t>(
          {size - read_to, wanted,
           imaging::kLongestHeader - std::min(head.size(), imaging::kLongestHeader)});
      if (head.size() + next > kFirstRead && !one_at_a_time) {
        one_at_a_time = std::unique_lock(long_headers_);
      }
      if (auto more = read_up_to(*file, head, head.size() + next); !more) {
        return tl::make_unexpected(std::move(more.error()));
      }
      read_to += next;
    }
  }

  std::optional<FileStamp> stamp(const std::string& key) const {
    const auto found = environment_.files->stamp(path_of(key));
    return found ? std::optional(*found) : std::nullopt;
  }
  std::optional<Fingerprint> fingerprint(const std::string& key) const {
    const auto found = fingerprint_of(*environment_.files, path_of(key), environment_.stop);
    return found ? std::optional(*found) : std::nullopt;
  }

 private:
  // Whether the entry may be an image, by its name. Every entry of a list counts as an image.
  bool may_be_image(const std::string& key) const {
    return is_list_ || imaging::codecs().of_extension(extension_of(key));
  }
  std::filesystem::path path_of(const std::string& key) const { return base_ / key; }

  // Cursor over the entries that the patterns let through.
  class Wanted final : public Cursor {
   public:
    Wanted(std::unique_ptr<Cursor> all, const std::string& include, const std::string& exclude,
           std::stop_token stop)
        : all_(std::move(all)), include_(include), exclude_(exclude), stop_(std::move(stop)) {}
    std::optional<Entry> next() override {
      // The check is needed here: the patterns may exclude all of a million entries.
      while (!stop_.stop_requested()) {
        auto entry = all_->next();
        if (!entry) break;
        if (entry->error || (glob_matches(include_, entry->key) &&
                             (exclude_.empty() || !glob_matches(exclude_, entry->key))))
          return entry;
      }
      return {};
    }

   private:
    std::unique_ptr<Cursor> all_;
    const std::string& include_;  // the node's, which outlives the run
    const std::string& exclude_;
    const std::stop_token stop_;
  };

  // Cursor over a list of the folder's files. An entry that ends in a slash is a folder that could
  // not be listed.
  class ListedBelow final : public Cursor {
   public:
    ListedBelow(std::unique_ptr<Cursor> all, const Environment& environment)
        : all_(std::move(all)), environment_(environment) {}
    std::optional<Entry> next() override {
      auto entry = all_->next();
      if (!entry || entry->error) return entry;
      if (!is_below(entry->key)) {
        entry->error = Error("not_found", "the path leads out of the input folder");
        return entry;
      }
      if (!entry->key.ends_with('/')) return entry;
      return unlisted(entry->key.substr(0, entry->key.size() - 1));
    }

   private:
    static bool is_below(std::string_view path) {
      const std::string padded = path.find("..") == path.npos ? "" : "/" + std::string(path) + "/";
      return path.front() != '/' && padded.find("/../") == padded.npos;
    }
    Entry unlisted(std::string folder) const {
      const auto now = environment_.files->walk(environment_.input / folder, environment_.output,
                                                environment_.stop);
      return {.key = std::move(folder),
              .error = now ? Error("changed", "could not be listed when the list was made")
                           : now.error()};
    }

    std::unique_ptr<Cursor> all_;
    const Environment& environment_;  // the node's, which outlives the run
  };

  Result<std::unique_ptr<Cursor>> listed_below() const {
    auto paths = list_in(environment_.list);
    if (!paths) return paths;
    return std::make_unique<ListedBelow>(std::move(*paths), environment_);
  }

  Result<std::unique_ptr<Cursor>> list_in(const std::filesystem::path& list) const {
    auto opened = environment_.files->open(list);
    if (!opened) return tl::make_unexpected(std::move(opened.error()));
    const std::shared_ptr<InputFile> file = std::move(*opened);
    // The check is needed here: a list may be empty lines without end.
    return list_of_paths(
        [file, stop = environment_.stop](std::span<std::uint8_t> to) -> Result<std::size_t> {
          if (stop.stop_requested()) return 0;
          return file->read(to);
        },
        list.string());
  }

  // Paths from the input; an input that is itself an image counts as a list of one.
  Result<std::unique_ptr<Cursor>> paths() const {
    const std::string name = environment_.input.string();
    if (name == kStandardInput) {
      return list_of_paths(standard_input(environment_.stop), "standard input");
    }
    auto opened = environment_.files->open(environment_.input);
    if (!opened) return tl::make_unexpected(std::move(opened.error()));
    std::array<std::uint8_t, 16> head{};
    const auto read = (*opened)->read(head);
    if (!read) return tl::make_unexpected(read.error());
    if (imaging::codecs().sniff(std::span(head).first(*read)))
      return cursor_of({Entry{.key = name}});
    return list_in(environment_.input);
  }

  // Loads an item's file once the item is admitted; until then the loader holds no more than the
  // first bytes. Without `head` it opens the file again.
  std::function<Result<imaging::Encoded>()> loader(const std::filesystem::path& path,
                                                   std::shared_ptr<InputFile> file,
                                                   imaging::Bytes head) const {
    if (!head.empty() && head.size() <= kFirstRead) {
      return [file = std::move(file), head = std::move(head)]() mutable {
        return load(*file, std::move(head));
      };
    }
    return [files = environment_.files, path, stamp = file->stamp()]() -> Result<imaging::Encoded> {
      auto again = files->open(path);
      if (!again) return tl::make_unexpected(std::move(again.error()));
      if ((*again)->stamp() != stamp) return changed();
      return load(**again, {});
    };
  }

  static Result<imaging::Encoded> load(InputFile& file, imaging::Bytes head) {
    if (auto rest = read_up_to(file, head, file.size()); !rest)
      return tl::make_unexpected(std::move(rest.error()));
    if (file.has_changed()) return changed();
    return imaging::Encoded{std::make_shared<const imaging::Bytes>(std::move(head))};
  }

  static tl::unexpected<Error> changed() {
    return failure("changed", "the file was changed while it was read");
  }

  // Reads on until `bytes` holds `size` bytes of the file.
  static Result<void> read_up_to(InputFile& file, imaging::Bytes& bytes, std::uint64_t size) {
    const std::size_t held = bytes.size();
    bytes.reserve(size);  // resize() would take up to twice as much
    bytes.resize(size);
    const auto read = file.read(std::span(bytes).subspan(held));
    if (!read) return tl::make_unexpected(read.error());
    if (*read < size - held) return failure("truncated", "the file shrank while it was read");
    return {};
  }

  Environment environment_;
  mutable std::mutex long_headers_;  // held while a header longer than kFirstRead is read
  bool is_list_ = false;
  std::filesystem::path base_;  // folder that keys are relative to
  bool writes_here_ = false;
  bool may_name_outputs_ = false;  // only a list may
};

IMAGEMILL_REGISTER_NODE("read", Read);

}  // namespace
}  // namespace imagemill
