#include "tests/allocation/failing_malloc.h"

#include <atomic>
#include <cerrno>
#include <cstddef>

#include <dlfcn.h>
#include <link.h>

// glibc's own names.
extern "C" {
void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* block, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);
void __libc_free(void* block);
}

namespace imagemill::testing {
namespace {

constexpr int kMostLeftAlone = 8;

struct Range {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

Range left_alone[kMostLeftAlone];
int ranges = 0;

std::atomic<bool> armed = false;
std::atomic<std::uint64_t> count = 0;
std::atomic<std::uint64_t> failures = 0;
std::atomic<std::uint64_t> first_failure = 0;
std::atomic<std::uint64_t> last_failure = 0;

bool contains(const char* text, const char* part) {
  for (; *text != '\0'; ++text) {
    const char* a = text;
    const char* b = part;
    while (*b != '\0' && *a == *b) ++a, ++b;
    if (*b == '\0') return true;
  }
  return false;
}

int note_library(dl_phdr_info* library, std::size_t, void*) {
  for (const char* name : {"/libtbb", "/libc.so", "/ld-linux", "/libfribidi", "/libharfbuzz"}) {
    if (!contains(library->dlpi_name, name)) continue;
    for (int i = 0; i < library->dlpi_phnum && ranges < kMostLeftAlone; ++i) {
      const auto& part = library->dlpi_phdr[i];
      if (part.p_type != PT_LOAD || (part.p_flags & PF_X) == 0) continue;
      const std::uintptr_t begin = library->dlpi_addr + part.p_vaddr;
      left_alone[ranges++] = {begin, begin + part.p_memsz};
    }
  }
  return 0;
}

bool is_left_alone(const void* caller) {
  const auto at = reinterpret_cast<std::uintptr_t>(caller);
  for (int i = 0; i < ranges; ++i) {
    if (at >= left_alone[i].begin && at < left_alone[i].end) return true;
  }
  return false;
}

bool fails(const void* caller) {
  if (!armed.load(std::memory_order_relaxed) || is_left_alone(caller)) return false;
  const std::uint64_t number = count.fetch_add(1, std::memory_order_relaxed) + 1;
  if (number < first_failure || number > last_failure) return false;
  failures.fetch_add(1, std::memory_order_relaxed);
  errno = ENOMEM;
  return true;
}

}  // namespace

FailingMalloc::FailingMalloc(std::uint64_t first, std::uint64_t how_many) {
  if (ranges == 0) dl_iterate_phdr(note_library, nullptr);
  count = 0;
  failures = 0;
  first_failure = first;
  last_failure = first == kNever || how_many == 0 ? 0 : first + how_many - 1;
  armed = true;
}

FailingMalloc::~FailingMalloc() { armed = false; }

std::uint64_t FailingMalloc::counted() const { return count; }
std::uint64_t FailingMalloc::failed() const { return failures; }

}  // namespace imagemill::testing

using imagemill::testing::fails;

extern "C" {

void* malloc(std::size_t bytes) {
  return fails(__builtin_return_address(0)) ? nullptr : __libc_malloc(bytes);
}
void* calloc(std::size_t count, std::size_t bytes) {
  return fails(__builtin_return_address(0)) ? nullptr : __libc_calloc(count, bytes);
}
void* realloc(void* block, std::size_t bytes) {
  return fails(__builtin_return_address(0)) ? nullptr : __libc_realloc(block, bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) {
  return fails(__builtin_return_address(0)) ? nullptr : __libc_memalign(alignment, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  return fails(__builtin_return_address(0)) ? nullptr : __libc_memalign(alignment, bytes);
}
int posix_memalign(void** block, std::size_t alignment, std::size_t bytes) {
  if (fails(__builtin_return_address(0))) return ENOMEM;
  *block = __libc_memalign(alignment, bytes);
  return *block == nullptr ? ENOMEM : 0;
}
void free(void* block) { __libc_free(block); }
}
