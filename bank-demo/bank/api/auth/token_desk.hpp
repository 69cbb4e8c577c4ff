#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bank/api/auth/authenticator.hpp"
#include "bank/api/http/problem.hpp"
#include "bank/storage/token_store.hpp"

namespace bank::api {

/// A token that is wished for.
struct token_wish {
  std::string id;
  storage::role granted = storage::role::customer;
  std::string owner;
  std::optional<std::chrono::seconds> expires_in;
  bool has_key = false;  ///< the id comes from an idempotency key: the wish may be a repetition
};

struct issued_token {
  storage::token_record token;
  std::string secret;     ///< shown this once; empty if it was issued before
  bool replayed = false;  ///< by an earlier request under the same key
};

/// Issues, lists and revokes tokens. Its calls block: they are made behind the blocking door. Safe
/// from several threads.
class token_desk {
 public:
  token_desk(storage::token_store& tokens, authenticator& auth) : tokens_(tokens), auth_(auth) {}

  /// `idempotency_mismatch` if the key was used for another token.
  result<issued_token> issue(const lifeline::context& ctx, const token_wish& w);
  /// The token that was issued under the id before, if it is the one wished for; nothing if none
  /// was; else `idempotency_mismatch`.
  result<std::optional<issued_token>> issued_before(const lifeline::context& ctx,
                                                    const std::string& id, const token_wish& w);
  result<bool> is_known(const lifeline::context& ctx, const std::string& id);
  /// All of them, the newest first. They are few: one a person.
  result<std::vector<storage::token_record>> list(const lifeline::context& ctx);
  /// From its return on, the node accepts the token nowhere. Revoking it again changes nothing.
  /// `invalid_state` if nobody could administer the bank any more.
  result<storage::token_record> revoke(const lifeline::context& ctx, const std::string& id);

 private:
  storage::token_store& tokens_;
  authenticator& auth_;
  std::mutex revoking_;  ///< so that two admins can't revoke each other's token at once
};

}  // namespace bank::api
