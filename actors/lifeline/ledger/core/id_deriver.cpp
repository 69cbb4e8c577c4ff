#include "lifeline/ledger/core/id_deriver.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>
#include <string>

namespace lifeline::ledger {

std::array<std::uint8_t, 32> random_secret() {
  std::array<std::uint8_t, 32> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error("the system's random number generator failed");
  return bytes;
}

/// Each part has its length before it, so that no two lists of parts give the same text.
uuid id_deriver::of(parts from) const {
  std::string text;
  for (const std::string_view part : from) {
    for (unsigned shift = 0; shift < 64; shift += 8)
      text += static_cast<char>(static_cast<std::uint64_t>(part.size()) >> shift);
    text += part;
  }
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  if (HMAC(EVP_sha256(), secret_.bytes.data(), static_cast<int>(secret_.bytes.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data(),
           &size) == nullptr)
    throw std::runtime_error("computing HMAC-SHA-256 failed");
  uuid::bytes_type b{};
  std::copy_n(hash.begin(), b.size(), b.begin());
  return uuid::of_version_8(b);
}

std::optional<uuid> id_deriver::without_secret(parts from) const {
  return secret_.had_none ? std::optional(uuid::derive(from)) : std::nullopt;
}

}  // namespace lifeline::ledger
