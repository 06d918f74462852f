// image: what is loaded before the first item obeys stop and budget.
#include "tests/support/catch.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/graph_runner.h"
#include "tests/support/node_runner.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

Environment with_files(FileSystem& files) {
  Environment environment;
  environment.files = &files;
  return environment;
}

// Requests a stop once so many bytes of a file were read.
class StoppingFiles final : public MemoryFileSystem {
 public:
  explicit StoppingFiles(std::uint64_t after) : after_(after) {}
  std::stop_source stop;

  Result<std::unique_ptr<InputFile>> open(const std::filesystem::path& path) const override {
    return MemoryFileSystem::open(path).map([&](std::unique_ptr<InputFile> file) {
      return std::unique_ptr<InputFile>(new File(std::move(file), *this));
    });
  }

 private:
  struct File final : InputFile {
    File(std::unique_ptr<InputFile> file, const StoppingFiles& owner)
        : file_(std::move(file)), owner_(owner) {}
    FileStamp stamp() const override { return file_->stamp(); }
    bool has_changed() const override { return file_->has_changed(); }
    Result<std::size_t> read(std::span<std::uint8_t> to) override {
      auto read = file_->read(to);
      read_ += read.value_or(0);
      if (read_ >= owner_.after_) owner_.stopping().request_stop();
      return read;
    }
    std::unique_ptr<InputFile> file_;
    const StoppingFiles& owner_;
    std::uint64_t read_ = 0;
  };
  std::stop_source stopping() const { return stop; }

  const std::uint64_t after_;
};

}  // namespace

TEST_CASE("A logo that the budget has no room for is refused by its header", "[nodes]") {
  MemoryFileSystem files;
  const Bytes logo = png_file(noise({400, 300}, {4, 16}, 1));
  files.put("logo.png", text_of(logo));
  Environment environment = with_files(files);
  // Its file, 16 bits, and 8 bits beside them.
  const std::uint64_t pixels = 400 * 300 * 4;
  environment.memory_bytes = logo.size() + 2 * pixels;
  const auto refused = open_node("{type: image, file: logo.png}", environment);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "too_much_memory");
  CHECK(refused.error().message.starts_with("'logo.png': loading it takes "));
  CHECK(refused.error().message.find("more than the 2 MB that memory allows") != std::string::npos);
  environment.memory_bytes = logo.size() - 1;
  CHECK(open_node("{type: image, file: logo.png}", environment)
            .error()
            .message.starts_with("'logo.png': its file takes 1 MB"));
  environment.memory_bytes = logo.size() + 3 * pixels + (std::uint64_t{1} << 20);
  CHECK(open_node("{type: image, file: logo.png}", environment));
}

TEST_CASE("A stop ends the loading of a logo, in its file and in its pixels", "[nodes]") {
  const bool progressive = GENERATE(false, true);
  const Image image = noise({1200, 900}, {3, 8}, 1);
  const Bytes logo = progressive ? jpeg_file(image, {.progressive = true}) : png_file(image);
  for (const std::uint64_t after : {std::uint64_t{1}, std::uint64_t{logo.size()}}) {
    StoppingFiles files(after);
    files.put("logo", text_of(logo));
    Environment environment = with_files(files);
    environment.stop = files.stop.get_token();
    const auto opened = open_node("{type: image, file: logo}", environment);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == "interrupted");
  }
}

TEST_CASE("A stop ends the reading of a font", "[nodes]") {
  std::stop_source stop;
  stop.request_stop();
  Environment environment;
  environment.stop = stop.get_token();
  const auto opened = open_node("{type: watermark, text: x}", environment);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == "interrupted");
  CHECK(open_node("{type: watermark, text: x, font: NoSuchFont.ttf}", environment).error().code ==
        "interrupted");
}
