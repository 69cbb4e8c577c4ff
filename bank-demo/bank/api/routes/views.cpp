#include "bank/api/routes/views.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "bank/json/write.hpp"
#include "lifeline/ledger/core/batch_hash.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

using world_row = std::pair<ledger::currency, ledger::account_id>;

struct world_tables {
  std::vector<world_row> by_currency;
  std::vector<ledger::account_id> ids;  // sorted
};

world_tables make_world_tables() {
  world_tables t;
  std::string code = "AAA";
  for (code[0] = 'A'; code[0] <= 'Z'; ++code[0])
    for (code[1] = 'A'; code[1] <= 'Z'; ++code[1])
      for (code[2] = 'A'; code[2] <= 'Z'; ++code[2])
        if (const auto unit = ledger::currency::parse(code))
          t.by_currency.emplace_back(*unit, ledger::world_account(*unit));
  for (const auto& row : t.by_currency) t.ids.push_back(row.second);
  std::sort(t.by_currency.begin(), t.by_currency.end());
  std::sort(t.ids.begin(), t.ids.end());
  return t;
}

/// Derived once from the list of the standard.
const world_tables& worlds() {
  static const world_tables tables = make_world_tables();
  return tables;
}

void append_member(std::string& out, std::string_view before, std::string_view text) {
  out += before;
  json::append_string(out, text);
}

void append_member(std::string& out, std::string_view before, std::int64_t value) {
  out += before;
  json::append_integer(out, value);
}

void append_member(std::string& out, std::string_view before,
                   const std::optional<std::string>& text) {
  out += before;
  if (text) {
    json::append_string(out, *text);
  } else {
    out += "null";
  }
}

void append_member(std::string& out, std::string_view before,
                   const std::optional<lifeline::wall_time>& time) {
  if (!time) return;
  out += before;
  json::append_time(out, *time);
}

/// The members of holds, scheduled transfers and reversals.
void append_phases(std::string& out, const ledger::transfer_record& t) {
  if (t.held) append_member(out, R"(,"held_amount":)", *t.held);
  if (t.expires_in) append_member(out, R"(,"expires_in":)", std::int64_t{t.expires_in->count()});
  append_member(out, R"(,"expires_at":)", t.expires_at);
  append_member(out, R"(,"execute_at":)", t.execute_at);
  if (t.reverses) {
    out += R"(,"reverses":)";
    json::append_uuid(out, *t.reverses);
  }
}

/// Without the closing brace.
void append_open_transfer(std::string& out, const ledger::transfer_record& t) {
  out += R"({"id":)";
  json::append_uuid(out, t.id);
  out += R"(,"from":)";
  append_side(out, t.from);
  out += R"(,"to":)";
  append_side(out, t.to);
  append_member(out, R"(,"amount":)", t.amount.minor);
  append_member(out, R"(,"currency":)", t.amount.unit.code());
  append_member(out, R"(,"kind":)", std::string_view(t.kind));
  append_member(out, R"(,"state":)", to_string(t.status));
  append_member(out, R"(,"reason":)", t.reason);
  append_member(out, R"(,"memo":)", t.memo);
  out += R"(,"metadata":)";
  out += t.metadata;
  append_member(out, R"(,"sequence":)", static_cast<std::int64_t>(t.sequence));
  out += R"(,"created_at":)";
  json::append_time(out, t.created_at);
  out += R"(,"posted_at":)";
  if (t.posted_at) {
    json::append_time(out, *t.posted_at);
  } else {
    out += "null";
  }
  if (t.two_phase || t.execute_at || t.reverses) append_phases(out, t);
}

}  // namespace

void append_account(std::string& out, const ledger::account_record& a) {
  out += R"({"id":)";
  json::append_uuid(out, a.id);
  append_member(out, R"(,"owner":)", std::string_view(a.owner));
  append_member(out, R"(,"type":)", to_string(a.type));
  append_member(out, R"(,"currency":)", a.unit.code());
  append_member(out, R"(,"ref":)", a.ref);
  append_member(out, R"(,"state":)", to_string(a.status));
  append_member(out, R"(,"overdraft_limit":)", a.overdraft_limit);
  append_member(out, R"(,"balance":{"posted":)", a.posted);
  append_member(out, R"(,"pending_in":)", a.pending_in);
  append_member(out, R"(,"pending_out":)", a.pending_out);
  append_member(out, R"(,"available":)", ledger::available(a));
  append_member(out, R"(},"version":)", static_cast<std::int64_t>(a.version));
  out += R"(,"created_at":)";
  json::append_time(out, a.created_at);
  out += '}';
}

void append_transfer(std::string& out, const ledger::transfer_record& t) {
  append_open_transfer(out, t);
  out += '}';
}

void append_history_row(std::string& out, const ledger::history_row& row) {
  append_open_transfer(out, row.transfer);
  append_member(out, R"(,"balance_after":)", row.balance_after);
  out += '}';
}

void append_totals(std::string& out, const ledger::money_totals& totals) {
  append_member(out, R"({"sequence":)", static_cast<std::int64_t>(totals.sequence));
  append_member(out, R"(,"head":)", std::string_view(ledger::hex_text(totals.head)));
  out += R"(,"currencies":[)";
  for (const auto& c : totals.currencies) {
    if (&c != &totals.currencies.front()) out += ',';
    append_member(out, R"({"currency":)", c.unit.code());
    append_member(out, R"(,"sum":)", c.sum);
    append_member(out, R"(,"pending":)", c.pending);
    out += '}';
  }
  out += "]}";
}

void append_side(std::string& out, const ledger::account_id& id) {
  if (is_world(id)) {
    out += R"("world")";
  } else {
    json::append_uuid(out, id);
  }
}

bool is_world(const ledger::account_id& id) {
  const auto& ids = worlds().ids;
  return std::binary_search(ids.begin(), ids.end(), id);
}

ledger::account_id world_of(ledger::currency unit) {
  const auto& rows = worlds().by_currency;
  const auto found =
      std::lower_bound(rows.begin(), rows.end(), unit,
                       [](const world_row& r, ledger::currency u) { return r.first < u; });
  return found != rows.end() && found->first == unit ? found->second : ledger::world_account(unit);
}

}  // namespace bank::api
