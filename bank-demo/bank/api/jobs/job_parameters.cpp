#include "bank/api/jobs/job_parameters.hpp"

#include "bank/api/json/fields.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {
constexpr text_rule any_word{1'000, true, true};
constexpr std::chrono::milliseconds one_moment{1};
}  // namespace

result<statement_parameters> read_statement_parameters(const boost::json::object& given,
                                                       lifeline::wall_time now) {
  fields in(given, {"account", "from", "to", "format"});
  statement_parameters p;
  const auto account = in.id("account");
  if (!account) in.fail("account", "must be given, an account's id");
  p.account = ledger::account_id(account.value_or(ledger::uuid()));
  p.from = in.time("from");
  p.to = in.time("to").value_or(now + one_moment);
  const std::string format = in.text("format", any_word).value_or("json");
  p.csv = format == "csv";
  if (!p.csv && format != "json") in.fail("format", "must be json or csv");
  if (p.from && *p.from > p.to) in.fail("to", "must not lie before from");
  if (in.failed()) return in.first_problem();
  return p;
}

std::optional<problem> refuse_parameters(const boost::json::object& given) {
  fields in(given, {});
  if (!in.failed()) return std::nullopt;
  return in.first_problem();
}

}  // namespace bank::api
