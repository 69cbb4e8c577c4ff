#include "bank/api/jobs/job_parameters.hpp"

#include "bank/api/http/fields.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

static const json::shape& statement_table() {
  using json::shape;
  static const shape t =
      shape::object_of({{"account", shape::text_like(uuid_format, "an account's id")},
                        {"from", shape::text_like(time_format)},
                        {"to", shape::text_like(time_format)},
                        {"format", shape::choice({"json", "csv"})}})
          .requiring({"account"});
  return t;
}

result<statement_parameters> read_statement_parameters(const json::value& given) {
  fields in(given, statement_table());
  statement_parameters p;
  p.account = ledger::account_id(in.id("account").value_or(ledger::uuid()));
  p.span = {in.time("from"), in.time("to")};
  p.csv = in.text("format") == "csv";
  if (p.span.from && p.span.to && *p.span.from > *p.span.to)
    in.fail("to", "must not be before from");
  if (in.failed()) return in.first_problem();
  return p;
}

std::optional<problem> refuse_parameters(const json::value& given) {
  static const json::shape none = json::shape::object_of({});
  fields in(given, none);
  if (!in.failed()) return std::nullopt;
  return in.first_problem();
}

}  // namespace bank::api
