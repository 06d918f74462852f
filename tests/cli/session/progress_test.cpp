// imagemill run: what it shows while it runs.
#include <algorithm>
#include <thread>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/cli/workplace.h"
#include "tests/support/catch.h"

using namespace imagemill::testing;

namespace {

// A terminal of a size, and what is written to it.
class Terminal {
 public:
  Terminal(unsigned short rows, unsigned short columns) : ours_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    REQUIRE(ours_ >= 0);
    REQUIRE(::grantpt(ours_) == 0);
    REQUIRE(::unlockpt(ours_) == 0);
    name_ = ::ptsname(ours_);
    theirs_ = ::open(name_.c_str(), O_RDWR | O_NOCTTY);
    const winsize size{.ws_row = rows, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    REQUIRE(::ioctl(theirs_, TIOCSWINSZ, &size) == 0);
    reader_ = std::jthread([this] {
      char part[4096];
      // Once the other end is closed, an error follows the last byte.
      for (ssize_t count; (count = ::read(ours_, part, sizeof(part))) > 0;) {
        shown_.append(part, static_cast<std::size_t>(count));
      }
    });
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() {
    shown();
    ::close(ours_);
  }

  const std::string& name() const { return name_; }
  // All of it, once nobody writes any more.
  const std::string& shown() {
    if (reader_.joinable()) {
      ::close(theirs_);
      reader_.join();
    }
    return shown_;
  }

 private:
  const int ours_;
  int theirs_ = -1;
  std::string name_;
  std::string shown_;
  std::jthread reader_;
};

// About a second of work for one worker.
void fill(const Workplace& work) {
  write_files(work.input(), {{"image0.jpg", jpeg_file(gradient({900, 600}, {3, 8}))}});
  for (int i = 1; i < 1000; ++i) {
    std::filesystem::create_hard_link(work.input() / "image0.jpg",
                                      work.input() / ("image" + std::to_string(i) + ".jpg"));
  }
}

struct Shown {
  Finished run;
  std::string text;
};

Shown run_on(Terminal&& terminal, std::vector<std::string> more = {}) {
  more.insert(more.end(), {"--workers", "1"});
  const Workplace work(Files{});
  fill(work);
  const Finished run = Process(imagemill_command(work.command(more)), ".", terminal.name()).wait();
  return {run, terminal.shown()};
}

}  // namespace

TEST_CASE("On a terminal a bar and the stages are drawn in place, and wiped in the end", "[cli]") {
  const Shown shown = run_on(Terminal(24, 100));
  CHECK(shown.run.status == 0);
  CHECK(shown.run.out.starts_with("stage "));
  CHECK(shown.text.starts_with("\r"));
  CHECK(shown.text.ends_with("\r\x1b[J"));
  CHECK(contains(shown.text, "/1000"));
  for (const char* part : {"\r\nread ", "\r\ndecode ", "\r\nresize ", "\r\nencode ", "\r\nwrite ",
                           "images/s", "at work", "/2", "\x1b[6A\r"}) {
    INFO(part);
    CHECK(contains(shown.text, part));
  }
}

TEST_CASE("Where there is no room for the stages, or no wish, the bar is alone", "[cli]") {
  const auto alone = [](const Shown& shown) {
    CHECK(shown.run.status == 0);
    CHECK(contains(shown.text, "/1000"));
    CHECK(shown.text.ends_with("\r\x1b[J"));
    CHECK_FALSE(contains(shown.text, "decode"));
    CHECK_FALSE(contains(shown.text, "\n"));
  };
  SECTION("few lines") { alone(run_on(Terminal(7, 100))); }
  SECTION("narrow") { alone(run_on(Terminal(24, 40))); }
  SECTION("narrower than the bar's text") {
    const Shown shown = run_on(Terminal(24, 16));
    // Each redraw fits into one line.
    for (std::size_t at = 0; (at = shown.text.find('\r', at)) != std::string::npos; ++at) {
      const std::size_t end = std::min(shown.text.find('\x1b', at), shown.text.size());
      const auto columns = std::count_if(
          shown.text.begin() + static_cast<std::ptrdiff_t>(at) + 1,
          shown.text.begin() + static_cast<std::ptrdiff_t>(end),
          [](char c) { return c != '\r' && (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
      CHECK(columns < 16);
    }
  }
  SECTION("--progress bar") { alone(run_on(Terminal(24, 100), {"--progress", "bar"})); }
}

// Each letter of these names takes two columns, or with its accent one.
TEST_CASE("Names in letters that are wide, or come with their accents, leave columns aligned",
          "[cli]") {
  const Workplace work(Files{});
  fill(work);
  work.folder().write("graph.yaml", R"(imagemill: 1
nodes:
  read:     {type: read}
  abcdefgh: {type: decode, in: read}
  縮小する: {type: resize, in: abcdefgh, width: 24}
  abcdéfgh: {type: encode, in: 縮小する}
  write:    {type: write, in: abcdéfgh}
)");
  Terminal terminal(24, 100);
  const Finished run =
      Process(imagemill_command(work.command({"--workers", "1"})), ".", terminal.name()).wait();
  CHECK(run.status == 0);
  // The number that follows a name ends in the same column of every line.
  const auto behind = [](const std::string& text, const std::string& name) {
    const std::size_t at = text.find("\n" + name + " ");
    REQUIRE(at != std::string::npos);
    const std::size_t end = at + 1 + name.size();
    return text.find(' ', text.find_first_not_of(' ', end)) - end;
  };
  for (const std::string& text : {run.out, terminal.shown()}) {
    const std::size_t columns = behind(text, "abcdefgh");
    CHECK(behind(text, "縮小する") == columns);
    CHECK(behind(text, "abcde\u0301fgh") == columns);
    CHECK(behind(text, "write") == columns + 3);
  }
}
