#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bank/api/http/fields.hpp"
#include "bank/api/http/problem.hpp"
#include "bank/api/http/query.hpp"
#include "bank/api/server/request_context.hpp"
#include "lifeline/ledger/values/records.hpp"

// Strict readers for the path and the query of reads.

namespace bank::api {

inline constexpr json::text_rule name_rule{128, false, false};

/// The account in the path.
result<lifeline::ledger::account_id> account_in_path(const request_context& x);
/// A text without control characters, if the parameter is given.
result<std::optional<std::string>> text_parameter(const query& q, std::string_view name);
result<std::optional<lifeline::wall_time>> time_parameter(const query& q, std::string_view name);
result<std::optional<lifeline::ledger::account_id>> account_parameter(const query& q,
                                                                      std::string_view name);

}  // namespace bank::api
