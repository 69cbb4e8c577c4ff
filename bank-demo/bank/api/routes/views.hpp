#pragma once

#include <optional>
#include <string>

#include "lifeline/ledger/values/records.hpp"
#include "lifeline/ledger/values/standing_order.hpp"

// Writes the API's objects as JSON to the end of a string.

namespace bank::api {

void append_account(std::string& out, const lifeline::ledger::account_record& a);
void append_transfer(std::string& out, const lifeline::ledger::transfer_record& t);
/// A transfer and the balance after it.
void append_history_row(std::string& out, const lifeline::ledger::history_row& row);
void append_totals(std::string& out, const lifeline::ledger::money_totals& totals);

/// `{"data":[…],"next_cursor":…}`
template <class T>
void append_page(std::string& out, const std::vector<T>& rows,
                 void (*append)(std::string&, const T&),
                 const std::optional<std::string>& next_cursor) {
  out += R"({"data":[)";
  for (const T& row : rows) {
    if (&row != &rows.front()) out += ',';
    append(out, row);
  }
  out += R"(],"next_cursor":)";
  if (next_cursor) {
    out.append("\"").append(*next_cursor).append("\"");
  } else {
    out += "null";
  }
  out += '}';
}

/// An account's id, or "world".
void append_side(std::string& out, const lifeline::ledger::account_id& id);

/// Is it a world account, of any currency?
bool is_world(const lifeline::ledger::account_id& id);
/// The same as `ledger::world_account`, from a table.
lifeline::ledger::account_id world_of(lifeline::ledger::currency unit);

}  // namespace bank::api
