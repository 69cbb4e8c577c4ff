#include "bank/storage/token_store.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <stdexcept>

namespace bank::storage {

std::string_view to_string(role r) noexcept {
  switch (r) {
    case role::admin: return "admin";
    case role::customer: return "customer";
    case role::auditor: return "auditor";
  }
  return "unknown";
}

std::optional<role> parse_role(std::string_view text) noexcept {
  for (const role r : {role::admin, role::customer, role::auditor})
    if (to_string(r) == text) return r;
  return std::nullopt;
}

namespace {

constexpr std::string_view url_safe =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Base64url without padding (RFC 4648, section 5).
template <std::size_t Size>
std::string base64url(const std::array<unsigned char, Size>& bytes) {
  std::string text;
  unsigned bits = 0;
  int held = 0;
  for (const unsigned char byte : bytes) {
    bits = (bits << 8U) | byte;
    for (held += 8; held >= 6; held -= 6) text += url_safe[(bits >> (held - 6)) & 63U];
  }
  if (held > 0) text += url_safe[(bits << (6 - held)) & 63U];
  return text;
}

}  // namespace

new_secret make_secret() {
  std::array<unsigned char, 32> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1)
    throw std::runtime_error("OpenSSL has no random numbers for a new token");
  std::string secret = "bank_" + base64url(random);
  std::string hash = hash_secret(secret);
  return {std::move(secret), std::move(hash)};
}

std::string hash_secret(std::string_view secret) {
  std::array<unsigned char, 32> hash{};
  unsigned size = 0;
  if (EVP_Digest(secret.data(), secret.size(), hash.data(), &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("OpenSSL could not compute the SHA-256 of a token");
  return std::string(hash.begin(), hash.end());
}

}  // namespace bank::storage
