#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lifeline/context/context.hpp"
#include "lifeline/ledger/error.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::storage {

using lifeline::context;
using lifeline::wall_time;
using lifeline::ledger::result;

enum class role : std::uint8_t { admin, customer, auditor };
std::string_view to_string(role r) noexcept;
std::optional<role> parse_role(std::string_view text) noexcept;

/// What is kept of a token: never the token itself, only its SHA-256.
struct token_record {
  std::string id;    ///< names the token in lists and for revoking; not secret
  std::string hash;  ///< SHA-256 of the secret, 32 bytes
  role granted = role::customer;
  std::string owner;  ///< whose accounts a customer token opens; a name for the others
  wall_time created_at{};
  std::optional<wall_time> expires_at;
  std::optional<wall_time> revoked_at;

  friend bool operator==(const token_record&, const token_record&) = default;
};

/// A fresh secret (256 random bits, URL-safe text with the prefix "bank_") and the hash to keep.
struct new_secret {
  std::string secret;
  std::string hash;
};
new_secret make_secret();
std::string hash_secret(std::string_view secret);

/// Where tokens are kept. Calls block; they are made behind the blocking door. Safe from several
/// threads.
class token_store {
 public:
  token_store() = default;
  token_store(const token_store&) = delete;
  token_store& operator=(const token_store&) = delete;
  virtual ~token_store() = default;

  virtual result<void> add(const context& ctx, const token_record& t) = 0;
  /// Also revoked and expired ones: the caller judges.
  virtual result<std::optional<token_record>> find(const context& ctx, std::string_view hash) = 0;
  virtual result<std::vector<token_record>> list(const context& ctx) = 0;
  /// False if there is no such token.
  virtual result<bool> revoke(const context& ctx, std::string_view id, wall_time at) = 0;
};

}  // namespace bank::storage
