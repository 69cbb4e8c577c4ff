#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string_view>

#include "bank/api/http/problem.hpp"
#include "bank/api/server/request_context.hpp"
#include "lifeline/ledger/ledger_store.hpp"
#include "lifeline/ledger/uuid.hpp"

// What all writes share: keys, identifiers, and what to say when no answer came.

namespace bank::api {

/// The request's `Idempotency-Key`, if it has one. It belongs to the caller, whatever token they
/// show, and to the route and content of the request.
std::optional<lifeline::ledger::idempotency_key> key_of(const request_context& x,
                                                        std::string_view route,
                                                        const boost::json::object& body);

/// An identifier that the node makes: derived under a key, so that a repetition makes the same.
/// `place`: of what the request makes, if that is several.
lifeline::ledger::uuid new_id(const request_context& x, std::string_view route,
                              const std::optional<lifeline::ledger::idempotency_key>& key,
                              std::string_view place = "0");
/// What versions without a secret derived under the key; nothing if there is no such.
std::optional<lifeline::ledger::uuid> id_without_secret(
    const request_context& x, std::string_view route,
    const std::optional<lifeline::ledger::idempotency_key>& key, std::string_view place = "0");

/// Tells who works off what is due of a transfer that is open.
void tell_when_due(const request_context& x, const lifeline::ledger::transfer_record& t);

/// A write's ask ended with `e` instead of an answer. Nothing happened if its target said so;
/// otherwise, or if an earlier request under the same id or key may have done it, nobody knows.
problem no_answer(const request_context& x, lifeline::errc e, bool may_be_repeated);

}  // namespace bank::api
