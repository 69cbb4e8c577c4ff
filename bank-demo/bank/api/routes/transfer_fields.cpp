#include "bank/api/routes/transfer_fields.hpp"

#include <algorithm>

#include "bank/api/routes/views.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

constexpr json::text_rule kind_rule{64, false, false};
constexpr std::int64_t longest_hold_s = std::int64_t{10} * 366 * 24 * 3'600;

const json::shape& transfer_table() {
  using json::shape;
  static const shape t = shape::object_of({{"from", shape::text_like(side_format)},
                                           {"to", shape::text_like(side_format)},
                                           {"amount", shape::whole(1, ledger::max_minor)},
                                           {"currency", shape::text_like(currency_format)},
                                           {"id", shape::text_like(uuid_format)},
                                           {"kind", shape::text_by(kind_rule)},
                                           {"memo", shape::text_by(memo_rule)},
                                           {"metadata", metadata_shape()},
                                           {"pending", shape::yes_or_no()},
                                           {"expires_in", shape::whole(1, longest_hold_s)},
                                           {"execute_at", shape::text_like(time_format)}})
                             .requiring({"from", "to", "amount", "currency"});
  return t;
}

std::string kind_of(fields& in) {
  std::string kind = in.text("kind").value_or("transfer");
  const bool plain = std::all_of(kind.begin(), kind.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  });
  if (!plain) in.fail("kind", "may contain only a-z, 0-9, '_', '.' and '-'");
  return kind;
}

/// Kind of transfer: at once, as a hold, or scheduled.
void read_phases(fields& in, ledger::transfer_record& t) {
  t.two_phase = in.boolean("pending").value_or(false);
  if (const auto seconds = in.integer("expires_in")) t.expires_in = std::chrono::seconds(*seconds);
  if (t.expires_in && !t.two_phase) in.fail("expires_in", "is allowed with \"pending\": true only");
  t.execute_at = in.time("execute_at");
}

}  // namespace

const json::text_format side_format{
    "must be a UUID or \"world\"", nullptr,
    [](std::string_view text) { return text == "world" || uuid_format.accepts(text); }};

ledger::account_id side_of(const fields& in, std::string_view name, ledger::currency unit) {
  const std::string text = in.text(name).value_or("");
  if (text == "world") return world_of(unit);
  return ledger::account_id::parse(text).value_or(ledger::account_id());
}

std::optional<problem> world_is_closed_to(const identity& who, const ledger::account_id& from,
                                          const ledger::account_id& to) {
  if (who.role != storage::role::customer) return std::nullopt;
  for (const auto& [name, id] : {std::pair("from", from), std::pair("to", to)}) {
    if (is_world(id))
      return problem{code::forbidden,
                     "only an admin may move money from or to the world account",
                     name,
                     {},
                     {}};
  }
  return std::nullopt;
}

result<wanted_transfer> read_transfer_fields(const json::value& body, lifeline::wall_time now) {
  fields in(body, transfer_table());
  wanted_transfer wanted;
  ledger::transfer_record& t = wanted.transfer;
  t.amount.unit = in.currency("currency");
  t.amount.minor = in.integer("amount").value_or(1);
  t.from = side_of(in, "from", t.amount.unit);
  t.to = side_of(in, "to", t.amount.unit);
  t.kind = kind_of(in);
  t.memo = in.text("memo");
  t.metadata = in.metadata("metadata");
  read_phases(in, t);
  t.created_at = now;
  const auto id = in.id("id");
  if (in.failed()) return in.first_problem();
  wanted.has_id = id.has_value();
  if (id) t.id = ledger::transfer_id(*id);
  return wanted;
}

}  // namespace bank::api
