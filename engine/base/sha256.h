// SHA-256 (FIPS 180-4), by OpenSSL.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace imagemill {

using Sha256 = std::array<std::uint8_t, 32>;

// Computes the digest of bytes that arrive in pieces. Not thread-safe.
class Sha256Sum {
 public:
  Sha256Sum();
  void add(std::span<const std::uint8_t> bytes);
  // The digest. Call once, after the last add().
  Sha256 finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

Sha256 sha256(std::span<const std::uint8_t> bytes);
std::string to_hex(const Sha256& digest);  // 64 lower-case digits

}  // namespace imagemill
