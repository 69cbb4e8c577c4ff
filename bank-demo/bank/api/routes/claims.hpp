#pragma once

#include <memory>
#include <string_view>

#include "bank/api/routes/router.hpp"
#include "bank/api/routes/writes.hpp"

// Keys of requests that make what other stores than the ledger keep: jobs and tokens. The ledger's
// keys are one space, so such a key is claimed there first, for the identifier that is derived from
// it; what is made then bears this identifier. A claim that came to nothing (a refusal, a crash) is
// free again, for it leads to nothing: docs/decisions/004-one-space-of-keys.md.

namespace bank::api {

inline constexpr std::string_view jobs_route = "POST /v1/jobs";
inline constexpr std::string_view tokens_route = "POST /v1/admin/tokens";

/// While it lives, nobody else works under the key, and nobody frees its claim: so whatever makes
/// the object has a copy. Null where the request has no key.
using key_hold = std::shared_ptr<const void>;

/// `in_progress` if another request works under the key.
result<key_hold> hold_key(request_context& x,
                          const std::optional<lifeline::ledger::idempotency_key>& key);

/// Claims a key that is held. `idempotency_mismatch` if it was used for something else.
boost::asio::awaitable<handled> claim_key(request_context& x,
                                          const lifeline::ledger::idempotency_key& key,
                                          lifeline::ledger::uuid object);

/// Frees the request's key if it was claimed for a job or a token that does not exist; false if it
/// was not, or if that can't be found out now.
boost::asio::awaitable<bool> free_unused_claim(request_context& x);

}  // namespace bank::api
