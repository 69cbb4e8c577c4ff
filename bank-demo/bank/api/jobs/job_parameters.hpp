#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "bank/api/http/problem.hpp"
#include "bank/api/routes/statement_reading.hpp"

// What the kinds of jobs may be asked for. Read strictly, from the `parameters` of a request, and
// again, when the job runs, from its input, which is the same as canonical JSON.

namespace bank::api {

struct statement_parameters {
  lifeline::ledger::account_id account;
  statement_span span{};
  bool csv = false;
};

result<statement_parameters> read_statement_parameters(const boost::json::object& given);
/// `verify` and `reconcile` take none.
std::optional<problem> refuse_parameters(const boost::json::object& given);

}  // namespace bank::api
