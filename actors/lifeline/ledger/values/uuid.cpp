#include "lifeline/ledger/values/uuid.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace lifeline::ledger {

namespace {

void set_version(uuid::bytes_type& b, std::uint8_t version) {
  b[6] = static_cast<std::uint8_t>((b[6] & 0x0fU) | (version << 4U));
  b[8] = static_cast<std::uint8_t>((b[8] & 0x3fU) | 0x80U);
}

/// Random bytes from a per-thread buffer that is refilled when used up.
void fill_random(std::uint8_t* out, std::size_t n) {
  thread_local std::array<std::uint8_t, 1024> pool;
  thread_local std::size_t used = pool.size();
  if (used + n > pool.size()) {
    if (RAND_bytes(pool.data(), static_cast<int>(pool.size())) != 1)
      throw std::runtime_error("the system's random number generator failed");
    used = 0;
  }
  std::copy_n(pool.data() + used, n, out);
  used += n;
}

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool is_dash(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

}  // namespace

uuid uuid::make_v7(wall_time now) {
  bytes_type b{};
  const auto ms = static_cast<std::uint64_t>(now.time_since_epoch().count());
  for (std::size_t i = 0; i < 6; ++i) b[i] = static_cast<std::uint8_t>(ms >> (8 * (5 - i)));
  fill_random(b.data() + 6, 10);
  set_version(b, 7);
  return uuid(b);
}

uuid uuid::derive(std::initializer_list<std::string_view> parts) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(),
                                                                       &EVP_MD_CTX_free);
  EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr);
  for (const std::string_view part : parts) {
    const auto length = static_cast<std::uint64_t>(part.size());
    EVP_DigestUpdate(digest.get(), &length, sizeof length);
    EVP_DigestUpdate(digest.get(), part.data(), part.size());
  }
  std::array<std::uint8_t, 32> hash{};
  EVP_DigestFinal_ex(digest.get(), hash.data(), nullptr);
  bytes_type b{};
  std::copy_n(hash.begin(), b.size(), b.begin());
  return of_version_8(b);
}

uuid uuid::of_version_8(const bytes_type& bytes) noexcept {
  bytes_type b = bytes;
  set_version(b, 8);
  return uuid(b);
}

std::optional<uuid> uuid::parse(std::string_view text) noexcept {
  if (text.size() != 36) return std::nullopt;
  bytes_type b{};
  std::size_t digit = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = hex_value(text[i]);
    if (value < 0) return std::nullopt;
    b[digit / 2] = static_cast<std::uint8_t>((b[digit / 2] << 4U) | static_cast<unsigned>(value));
    ++digit;
  }
  return uuid(b);
}

std::string uuid::str() const {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text(36, '-');
  std::size_t at = 0;
  for (const std::uint8_t byte : bytes_) {
    if (is_dash(at)) ++at;
    text[at++] = digits[byte >> 4U];
    text[at++] = digits[byte & 0x0fU];
  }
  return text;
}

}  // namespace lifeline::ledger
