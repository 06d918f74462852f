// libpng's errors and limits, shared by PNG decoding and encoding.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include <png.h>

#include "nodes/imaging/bytes/escape.h"
#include "nodes/imaging/pixels/result.h"

namespace imagemill::imaging {

// Turns libpng's errors into an escape. Warnings are ignored.
struct PngErrors {
  Escape escape;
  bool out_of_memory = false;
  GiveUp give_up = nullptr;  // cancellation check that ask() calls
  bool given_up = false;
  std::array<char, 128> message{};

  // For png_create_*_struct_2, with this as error_ptr and mem_ptr.
  [[noreturn]] static void on_error(png_structp png, png_const_charp text) {
    auto& self = *static_cast<PngErrors*>(png_get_error_ptr(png));
    std::snprintf(self.message.data(), self.message.size(), "PNG: %s", text);
    self.escape.leave();
  }
  // For png_set_read_status_fn and png_set_write_status_fn.
  static void ask(png_structp png, png_uint_32, int) {
    auto& self = *static_cast<PngErrors*>(png_get_error_ptr(png));
    if (!self.give_up()) return;
    self.given_up = true;
    self.escape.leave();
  }
  static Fault interrupted() { return {"interrupted", "nobody waits for the picture any more"}; }
  static void on_warning(png_structp, png_const_charp) {}

  static png_voidp allocate(png_structp png, png_alloc_size_t bytes) {
    void* memory = std::malloc(bytes);
    if (memory == nullptr) static_cast<PngErrors*>(png_get_mem_ptr(png))->out_of_memory = true;
    return memory;
  }
  static void release(png_structp, png_voidp memory) { std::free(memory); }
};

// Longest side in pixels: libpng's own default.
constexpr std::uint32_t kMaxPngSide = 1'000'000;
// Largest chunk other than IDAT, in bytes, in the file or decompressed.
constexpr std::size_t kMaxPngChunk = 8'000'000;

}  // namespace imagemill::imaging
