#include "bank/api/routes/transfer_fields.hpp"

#include <algorithm>

#include "bank/api/routes/views.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

constexpr text_rule kind_rule{64, false, false};
/// For text that is then read as an identifier.
constexpr text_rule any_word{1'000, true, true};
constexpr std::int64_t longest_hold_s = std::int64_t{10} * 366 * 24 * 3'600;

std::string kind_of(fields& in) {
  std::string kind = in.text("kind", kind_rule).value_or("transfer");
  const bool plain = std::all_of(kind.begin(), kind.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  });
  if (!plain) in.fail("kind", "may contain only a-z, 0-9, '_', '.' and '-'");
  return kind;
}

/// Kind of transfer: at once, as a hold, or scheduled.
void read_phases(fields& in, ledger::transfer_record& t) {
  t.two_phase = in.boolean("pending").value_or(false);
  if (const auto seconds = in.integer("expires_in", 1, longest_hold_s))
    t.expires_in = std::chrono::seconds(*seconds);
  if (t.expires_in && !t.two_phase) in.fail("expires_in", "is allowed with \"pending\": true only");
  t.execute_at = in.time("execute_at");
}

}  // namespace

ledger::account_id side_of(fields& in, std::string_view name, ledger::currency unit) {
  const std::string text = in.required_text(name, any_word);
  if (text == "world") return world_of(unit);
  const auto id = ledger::account_id::parse(text);
  if (!id || id->is_nil()) in.refuse(name, "must be a UUID or \"world\"");
  return id.value_or(ledger::account_id());
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

result<wanted_transfer> read_transfer_fields(const boost::json::object& body,
                                             lifeline::wall_time now) {
  fields in(body, {"from", "to", "amount", "currency", "id", "kind", "memo", "metadata", "pending",
                   "expires_in", "execute_at"});
  wanted_transfer wanted;
  ledger::transfer_record& t = wanted.transfer;
  t.amount.unit = in.currency("currency");
  t.amount.minor = in.required_integer("amount", 1, ledger::max_minor);
  t.from = side_of(in, "from", t.amount.unit);
  t.to = side_of(in, "to", t.amount.unit);
  t.kind = kind_of(in);
  t.memo = in.text("memo", memo_rule);
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
