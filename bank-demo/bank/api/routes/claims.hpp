#pragma once

#include <memory>
#include <string_view>

#include "bank/api/routes/router.hpp"
#include "bank/api/routes/writes.hpp"

// Idempotency keys of requests that create objects outside the ledger: jobs and tokens. All keys
// share the ledger's key space. So the key is claimed there first, for the id derived from it; then
// the object is created with this id. A claim whose object was never created (a refusal, a crash)
// can be freed: docs/decisions/004-one-space-of-keys.md.

namespace bank::api {

inline constexpr std::string_view jobs_route = "POST /v1/jobs";
inline constexpr std::string_view tokens_route = "POST /v1/admin/tokens";

/// While it lives, no other request works with the key, and the claim is not freed. Code that
/// creates the object keeps a copy. Null if the request has no key.
using key_hold = std::shared_ptr<const void>;

/// `in_progress` if another request works with the key.
result<key_hold> hold_key(request_context& x,
                          const std::optional<lifeline::ledger::idempotency_key>& key);

/// Claims a held key. `idempotency_mismatch` if it was used for something else.
boost::asio::awaitable<handled> claim_key(request_context& x,
                                          const lifeline::ledger::idempotency_key& key,
                                          lifeline::ledger::uuid object);

/// Frees the request's key if it was claimed for a job or token that does not exist. False if not,
/// or if that is unknown now.
boost::asio::awaitable<bool> free_unused_claim(request_context& x);

}  // namespace bank::api
