#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lifeline/context/context.hpp"
#include "lifeline/ledger/values/error.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::storage {

using lifeline::context;
using lifeline::wall_time;
using lifeline::ledger::result;

enum class role : std::uint8_t { admin, customer, auditor };
std::string_view to_string(role r) noexcept;
std::optional<role> parse_role(std::string_view text) noexcept;

/// A stored token: only its SHA-256, never the token itself.
struct token_record {
  std::string id;    ///< identifies the token in lists and for revoking; not secret
  std::string hash;  ///< SHA-256 of the secret, 32 bytes
  role granted = role::customer;
  std::string owner;  ///< owner of the accounts for a customer token; a name for other roles
  wall_time created_at{};
  std::optional<wall_time> expires_at;
  std::optional<wall_time> revoked_at;

  friend bool operator==(const token_record&, const token_record&) = default;
};

/// A token of a row of any database.
template <class Row>
token_record token_in(const Row& row) {
  return {row.text(0),        row.bytes(1), parse_role(row.text(2)).value_or(role::customer),
          row.text(3),        row.time(4),  row.time_or_null(5),
          row.time_or_null(6)};
}

/// A new secret (256 random bits, URL-safe text with the prefix "bank_") and its hash for the
/// store.
struct new_secret {
  std::string secret;
  std::string hash;
};
new_secret make_secret();
std::string hash_secret(std::string_view secret);

/// The store of tokens. Calls block, so use the blocking lanes. Safe from several threads.
class token_store {
 public:
  token_store() = default;
  token_store(const token_store&) = delete;
  token_store& operator=(const token_store&) = delete;
  virtual ~token_store() = default;

  virtual result<void> add(const context& ctx, const token_record& t) = 0;
  /// Also finds revoked and expired tokens; the caller must check.
  virtual result<std::optional<token_record>> find(const context& ctx, std::string_view hash) = 0;
  virtual result<std::vector<token_record>> list(const context& ctx) = 0;
  /// False if there is no such token.
  virtual result<bool> revoke(const context& ctx, std::string_view id, wall_time at) = 0;
};

}  // namespace bank::storage
