#pragma once

#include <optional>

#include "bank/api/auth/token_cache.hpp"
#include "bank/api/http/fields.hpp"
#include "bank/api/http/problem.hpp"
#include "lifeline/ledger/values/records.hpp"

namespace bank::api {

/// A transfer as requested.
struct wanted_transfer {
  lifeline::ledger::transfer_record transfer;
  bool has_id = false;  ///< else its id is nil: the node makes one
};

/// Reads a transfer strictly; the first invalid field becomes the problem.
result<wanted_transfer> read_transfer_fields(const json::value& body, lifeline::wall_time now);

inline constexpr json::text_rule memo_rule{500, true, true};
/// An account's id, or "world".
extern const json::text_format side_format;
/// An account's id, or "world" for the world account of the currency.
lifeline::ledger::account_id side_of(const fields& in, std::string_view name,
                                     lifeline::ledger::currency unit);

/// Refuses customers who move money from or to the world account.
std::optional<problem> world_is_closed_to(const identity& who,
                                          const lifeline::ledger::account_id& from,
                                          const lifeline::ledger::account_id& to);

}  // namespace bank::api
