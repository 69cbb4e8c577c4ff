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

/// A token to be created.
struct token_wish {
  std::string id;
  storage::role granted = storage::role::customer;
  std::string owner;
  std::optional<std::chrono::seconds> expires_in;
  bool has_key = false;  ///< `id` is derived from an idempotency key: the request may be a repeat
};

struct issued_token {
  storage::token_record token;
  std::string secret;     ///< shown only once; empty on a repeat
  bool replayed = false;  ///< issued by an earlier request with the same key
};

/// Issues, lists and revokes tokens. All calls block: make them on a blocking lane. Safe from
/// several threads.
class token_service {
 public:
  token_service(storage::token_store& tokens, authenticator& auth) : tokens_(tokens), auth_(auth) {}

  /// `idempotency_mismatch` if the key was used for another token.
  result<issued_token> issue(const lifeline::context& ctx, const token_wish& w);
  /// The token issued under this id, nothing if there is none, `idempotency_mismatch` if it differs
  /// from `w`.
  result<std::optional<issued_token>> issued_before(const lifeline::context& ctx,
                                                    const std::string& id, const token_wish& w);
  result<bool> is_known(const lifeline::context& ctx, const std::string& id);
  /// All tokens, newest first. They are few: about one per person.
  result<std::vector<storage::token_record>> list(const lifeline::context& ctx);
  /// When it returns, the node refuses the token everywhere. Revoking it again changes nothing.
  /// `invalid_state` for the last valid admin token.
  result<storage::token_record> revoke(const lifeline::context& ctx, const std::string& id);

 private:
  storage::token_store& tokens_;
  authenticator& auth_;
  std::mutex revoking_;  ///< two admins can't revoke each other's token at the same time
};

}  // namespace bank::api
