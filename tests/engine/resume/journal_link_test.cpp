// A link in the place of a journal, which somebody may have put there.
#include <filesystem>

#include "engine/resume/journal.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

namespace imagemill::testing {
namespace {

TEST_CASE("A link in the place of a journal is neither read nor written", "[engine]") {
  const TemporaryFolder folder;
  folder.write("mine", "precious");
  std::filesystem::create_symlink("mine", folder / "journal");
  CHECK_FALSE(Journal::open(folder / "journal", Journal::Earlier::read));
  const auto journal = Journal::open(folder / "journal", Journal::Earlier::dropped);
  REQUIRE(journal);
  CHECK_FALSE((*journal)->begin([](const Error&) {}));
  CHECK(folder.read("mine") == "precious");
}

}  // namespace
}  // namespace imagemill::testing
