#include "nodes/imaging/pixels/icc_transform.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include <lcms2.h>
#include <lcms2_plugin.h>

#include "nodes/imaging/pixels/icc_profile.h"

namespace imagemill::imaging {
namespace {

// Memory account of one lcms2 context: what it may allocate, and has. lcms2 finds it by
// cmsGetContextUserData.
struct Allowance {
  std::size_t limit;
  std::size_t used = 0;
  std::size_t peak = 0;
  bool exhausted = false;  // the system had no memory
};

// Space before each block for the block's length, which includes this space.
constexpr std::size_t kPrefix = alignof(std::max_align_t);

std::uint8_t* block_of(void* memory) { return static_cast<std::uint8_t*>(memory) - kPrefix; }

std::size_t length_of(const std::uint8_t* block) {
  std::size_t length = 0;
  std::memcpy(&length, block, sizeof length);
  return length;
}

// Resizes `old`; null asks for a new block. Returns null if the size exceeds the allowance or the
// system has no memory.
void* resize(cmsContext context, void* old, std::size_t bytes) {
  // Null for the context's own head, while lcms2 does not yet, or no longer, know it.
  auto* const allowance = static_cast<Allowance*>(cmsGetContextUserData(context));
  const std::size_t length = bytes + kPrefix;
  const std::size_t before = old == nullptr ? 0 : length_of(block_of(old));
  if (allowance != nullptr && length > allowance->limit - (allowance->used - before)) {
    return nullptr;
  }
  auto* const block =
      static_cast<std::uint8_t*>(std::realloc(old == nullptr ? nullptr : block_of(old), length));
  if (allowance != nullptr) {
    if (block == nullptr) {
      allowance->exhausted = true;
    } else {
      allowance->used += length - before;
      allowance->peak = std::max(allowance->peak, allowance->used);
    }
  }
  if (block == nullptr) return nullptr;
  std::memcpy(block, &length, sizeof length);
  return block + kPrefix;
}

void* allocate(cmsContext context, cmsUInt32Number bytes) {
  return resize(context, nullptr, bytes);
}

void* allocate_cleared(cmsContext context, cmsUInt32Number count, cmsUInt32Number size) {
  const std::size_t bytes = std::size_t{count} * size;
  void* const memory = resize(context, nullptr, bytes);
  if (memory != nullptr) std::memset(memory, 0, bytes);
  return memory;
}

void* allocate_zero(cmsContext context, cmsUInt32Number bytes) {
  return allocate_cleared(context, 1, bytes);
}

void* reallocate(cmsContext context, void* memory, cmsUInt32Number bytes) {
  return resize(context, memory, bytes);
}

void* duplicate(cmsContext context, const void* memory, cmsUInt32Number bytes) {
  void* const copy = resize(context, nullptr, bytes);
  if (copy != nullptr && memory != nullptr) std::memcpy(copy, memory, bytes);
  return copy;
}

void release(cmsContext context, void* memory) {
  if (memory == nullptr) return;
  auto* const allowance = static_cast<Allowance*>(cmsGetContextUserData(context));
  if (allowance != nullptr) allowance->used -= length_of(block_of(memory));
  std::free(block_of(memory));
}

struct CloseProfile {
  void operator()(void* profile) const { cmsCloseProfile(profile); }
};
using Profile = std::unique_ptr<void, CloseProfile>;

}  // namespace

struct IccTransform::State {
  explicit State(std::size_t limit) : allowance{.limit = limit} {
    cmsPluginMemHandler memory{};
    memory.base.Magic = cmsPluginMagicNumber;
    memory.base.ExpectedVersion = 2060;
    memory.base.Type = cmsPluginMemHandlerSig;
    memory.MallocPtr = allocate;
    memory.FreePtr = release;
    memory.ReallocPtr = reallocate;
    memory.MallocZeroPtr = allocate_zero;
    memory.CallocPtr = allocate_cleared;
    memory.DupPtr = duplicate;
    context = cmsCreateContext(&memory, &allowance);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (transform != nullptr) cmsDeleteTransform(transform);
    if (context != nullptr) cmsDeleteContext(context);
  }

  void make(const Bytes& profile, std::uint32_t input_format, std::uint32_t output_format) {
    if (context == nullptr) throw std::bad_alloc();
    const Profile from(cmsOpenProfileFromMemTHR(context, profile.data(),
                                                static_cast<cmsUInt32Number>(profile.size())));
    const Profile srgb(cmsCreate_sRGBProfileTHR(context));
    if (from && srgb) {
      // Without its cache of the last pixel a transform has no state.
      transform =
          cmsCreateTransformTHR(context, from.get(), input_format, srgb.get(), output_format,
                                INTENT_PERCEPTUAL, cmsFLAGS_NOCACHE | cmsFLAGS_COPY_ALPHA);
    }
    if (transform == nullptr && allowance.exhausted) throw std::bad_alloc();
  }

  Allowance allowance;
  cmsContext context = nullptr;
  cmsHTRANSFORM transform = nullptr;
};

IccTransform::IccTransform(std::unique_ptr<State> state) : state_(std::move(state)) {}
IccTransform::IccTransform(IccTransform&&) noexcept = default;
IccTransform& IccTransform::operator=(IccTransform&&) noexcept = default;
IccTransform::~IccTransform() = default;

Result<IccTransform> IccTransform::to_srgb(const Bytes& profile, std::uint32_t input_format,
                                           std::uint32_t output_format) {
  const bool gray = T_COLORSPACE(input_format) == PT_GRAY;
  auto state = std::make_unique<State>(gray ? kGrayMemoryBound : cmyk_memory_bound(profile.size()));
  state->make(profile, input_format, output_format);
  if (state->transform == nullptr) {
    return fault("profile_dropped", "the profile's tables do not make a conversion");
  }
  return IccTransform(std::move(state));
}

std::size_t IccTransform::cmyk_memory_bound(std::size_t profile_bytes) {
  // Three 16-bit copies of the tables, if the tables have 16 bits, and the file itself.
  return 5 * std::min(profile_bytes, kMaxCmykTags) + (std::size_t{4} << 20);
}

void IccTransform::apply(const void* from, void* to, int pixels) const {
  cmsDoTransform(state_->transform, from, to, static_cast<cmsUInt32Number>(pixels));
}

std::size_t IccTransform::bytes() const { return state_->allowance.used; }
std::size_t IccTransform::peak_bytes() const { return state_->allowance.peak; }

}  // namespace imagemill::imaging
