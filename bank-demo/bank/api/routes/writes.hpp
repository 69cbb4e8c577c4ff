#pragma once

#include <optional>
#include <string_view>

#include "bank/api/http/problem.hpp"
#include "bank/api/server/request_context.hpp"
#include "bank/json/document.hpp"
#include "lifeline/ledger/batch.hpp"
#include "lifeline/ledger/values/uuid.hpp"

// Shared by all writes: keys, identifiers, and the problem when no answer came.

namespace bank::api {

/// The request's `Idempotency-Key`, if any. It belongs to the caller, for all of their tokens, and
/// to the route and content of the request.
std::optional<lifeline::ledger::idempotency_key> key_of(const request_context& x,
                                                        std::string_view route,
                                                        const json::value& body);

/// An id made by the node: derived from the key, if any, so a repeat gets the same. `place`: index
/// of the object if the request makes several.
lifeline::ledger::uuid new_id(const request_context& x, std::string_view route,
                              const std::optional<lifeline::ledger::idempotency_key>& key,
                              std::string_view place = "0");
/// The id that versions without a secret derived from the key; nothing without a key.
std::optional<lifeline::ledger::uuid> id_without_secret(
    const request_context& x, std::string_view route,
    const std::optional<lifeline::ledger::idempotency_key>& key, std::string_view place = "0");

/// Tells the due rounds when an open transfer is due.
void report_due_time(const request_context& x, const lifeline::ledger::transfer_record& t);

/// The problem when a write's ask ended with `e` instead of an answer. Its outcome is none if the
/// target said so. It is unknown otherwise, or if an earlier request with the same id or key may
/// have succeeded.
problem no_answer(const request_context& x, lifeline::errc e, bool may_be_repeated);

}  // namespace bank::api
