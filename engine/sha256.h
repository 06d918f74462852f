// SHA-256 (FIPS 180-4), by OpenSSL.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace imagemill {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::span<const std::uint8_t> bytes);
std::string to_hex(const Sha256& digest);  // 64 lower-case digits

}  // namespace imagemill
