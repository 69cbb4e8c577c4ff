#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "bank/api/http/problem.hpp"
#include "lifeline/ledger/records.hpp"
#include "lifeline/ledger/uuid.hpp"

// What the kinds of jobs may be asked for. Read strictly, from the `parameters` of a request, and
// again, when the job runs, from its input, which is the same as canonical JSON.

namespace bank::api {

/// An account's transfers from `from` (nothing: from its opening) on and before `to`.
struct statement_parameters {
  lifeline::ledger::account_id account;
  std::optional<lifeline::wall_time> from{};
  lifeline::wall_time to{};
  bool csv = false;
};

/// `now` stands for a `to` that is not given.
result<statement_parameters> read_statement_parameters(const boost::json::object& given,
                                                       lifeline::wall_time now);
/// `verify` and `reconcile` take none.
std::optional<problem> refuse_parameters(const boost::json::object& given);

}  // namespace bank::api
