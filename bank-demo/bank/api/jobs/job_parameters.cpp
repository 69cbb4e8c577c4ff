#include "bank/api/jobs/job_parameters.hpp"

#include "bank/api/json/fields.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

static constexpr text_rule any_word{1'000, true, true};

result<statement_parameters> read_statement_parameters(const boost::json::object& given) {
  fields in(given, {"account", "from", "to", "format"});
  statement_parameters p;
  const auto account = in.id("account");
  if (!account) in.fail("account", "must be given: an account's id");
  p.account = ledger::account_id(account.value_or(ledger::uuid()));
  p.span = {in.time("from"), in.time("to")};
  const std::string format = in.text("format", any_word).value_or("json");
  p.csv = format == "csv";
  if (!p.csv && format != "json") in.fail("format", "must be json or csv");
  if (p.span.from && p.span.to && *p.span.from > *p.span.to)
    in.fail("to", "must not be before from");
  if (in.failed()) return in.first_problem();
  return p;
}

std::optional<problem> refuse_parameters(const boost::json::object& given) {
  fields in(given, {});
  if (!in.failed()) return std::nullopt;
  return in.first_problem();
}

}  // namespace bank::api
