#pragma once

#include <optional>
#include <string>

#include "bank/api/http/problem.hpp"
#include "bank/api/routes/statement_reading.hpp"
#include "bank/json/document.hpp"

// The parameters of each kind of job. Read strictly: from the request's `parameters`, and again
// from the job's input, the same as canonical JSON, when the job runs.

namespace bank::api {

struct statement_parameters {
  lifeline::ledger::account_id account;
  statement_span span{};
  bool csv = false;
};

result<statement_parameters> read_statement_parameters(const json::value& given);
/// `verify` and `reconcile` have none.
std::optional<problem> refuse_parameters(const json::value& given);

}  // namespace bank::api
