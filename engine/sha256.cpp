#include "engine/sha256.h"

#include <new>

#include <openssl/evp.h>

namespace imagemill {
namespace {

// OpenSSL has it: where it does not find it, memory is what it lacks.
EVP_MD* present(EVP_MD* algorithm) {
  if (algorithm == nullptr) throw std::bad_alloc();
  return algorithm;
}

}  // namespace

Sha256 sha256(std::span<const std::uint8_t> bytes) {
  // Looking the algorithm up takes longer than hashing a path with it.
  static EVP_MD* const algorithm = present(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  Sha256 digest{};
  // With an algorithm, memory is all that it can lack.
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, algorithm, nullptr) != 1) {
    throw std::bad_alloc();
  }
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
