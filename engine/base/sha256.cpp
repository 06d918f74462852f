#include "engine/base/sha256.h"

#include <new>

#include <openssl/evp.h>

namespace imagemill {
namespace {

// Throws std::bad_alloc unless `good`: OpenSSL always offers SHA-256, so a call fails only without
// memory.
void check(bool good) {
  if (!good) throw std::bad_alloc();
}

// SHA-256, looked up once: a look-up takes longer than hashing a path.
EVP_MD* algorithm() {
  static EVP_MD* const found = [] {
    EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    check(fetched != nullptr);
    return fetched;
  }();
  return found;
}

}  // namespace

Sha256Sum::Sha256Sum() : context_(EVP_MD_CTX_new()) {
  check(context_ != nullptr && EVP_DigestInit_ex2(context_.get(), algorithm(), nullptr) == 1);
}

void Sha256Sum::add(std::span<const std::uint8_t> bytes) {
  check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

Sha256 Sha256Sum::finish() {
  Sha256 digest{};
  check(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1);
  return digest;
}

void Sha256Sum::Free::operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }

Sha256 sha256(std::span<const std::uint8_t> bytes) {
  Sha256 digest{};
  check(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, algorithm(), nullptr) == 1);
  return digest;
}

std::string to_hex(const Sha256& digest) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace imagemill
