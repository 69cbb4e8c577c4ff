#include "bank/storage/sqlite_rows.hpp"

#include <SQLiteCpp/Exception.h>

#include <algorithm>

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

template <class T>
T known(const std::optional<T>& parsed, std::string_view what, std::string_view text) {
  if (parsed) return *parsed;
  throw SQLite::Exception("the database is damaged: \"" + std::string(text) + "\" is no " +
                          std::string(what));
}

}  // namespace

account_type account_type_of(std::string_view text) {
  if (text == to_string(account_type::world)) return account_type::world;
  return known(parse_account_type(text), "account type", text);
}

account_status account_status_of(std::string_view text) {
  return known(parse_account_status(text), "account status", text);
}

transfer_status transfer_status_of(std::string_view text) {
  return known(parse_transfer_status(text), "transfer status", text);
}

currency currency_of(std::string_view text) {
  return known(currency::parse(text), "currency", text);
}

entry_kind entry_kind_of(std::string_view text) {
  if (text == "opened") return entry_kind::account_opened;
  if (text == "frozen" || text == "unfrozen" || text == "closed" || text == "limit_changed")
    return entry_kind::account_changed;
  switch (transfer_status_of(text)) {
    case transfer_status::scheduled: return entry_kind::scheduled;
    case transfer_status::pending: return entry_kind::pending;
    case transfer_status::posted: return entry_kind::posted;
    case transfer_status::voided: return entry_kind::voided;
    case transfer_status::expired: return entry_kind::expired;
    case transfer_status::rejected: return entry_kind::rejected;
  }
  return entry_kind::posted;
}

account_record account_of(const sqlite_statement::rows& row) {
  account_record a;
  a.id = account_id(row.id(0));
  a.owner = row.text(1);
  a.type = account_type_of(row.text(2));
  a.unit = currency_of(row.text(3));
  a.ref = row.text_or_null(4);
  a.status = account_status_of(row.text(5));
  a.overdraft_limit = row.integer(6);
  a.posted = row.integer(7);
  a.pending_in = row.integer(8);
  a.pending_out = row.integer(9);
  a.version = row.count(10);
  a.created_at = row.time(11);
  return a;
}

transfer_record transfer_of(const sqlite_statement::rows& row) {
  transfer_record t;
  t.sequence = row.count(0);
  t.id = transfer_id(row.id(1));
  t.from = account_id(row.id(2));
  t.to = account_id(row.id(3));
  t.amount = {row.integer(4), currency_of(row.text(5))};
  t.kind = row.text(6);
  t.memo = row.text_or_null(7);
  t.metadata = row.text(8);
  t.status = transfer_status_of(row.text(9));
  t.reason = row.text_or_null(10);
  t.created_at = row.time(11);
  t.posted_at = row.time_or_null(12);
  t.two_phase = row.integer(13) != 0;
  if (!row.null(14)) t.expires_in = std::chrono::seconds(row.integer(14));
  t.execute_at = row.time_or_null(15);
  if (!row.null(16)) t.reverses = transfer_id(row.id(16));
  if (!row.null(17)) t.held = row.integer(17);
  t.expires_at = row.time_or_null(18);
  t.first_sequence = row.count(19);
  return t;
}

std::vector<entry_result> results_of(std::uint64_t first, std::uint64_t last,
                                     const std::optional<std::string>& outcomes) {
  const std::string all = outcomes ? *outcomes : std::string(last + 1 - first, '\0');
  std::vector<entry_result> results;
  for (const char byte : all) {
    const auto outcome = static_cast<entry_outcome>(byte);
    results.push_back({outcome, outcome == entry_outcome::committed ? first++ : 0});
  }
  return results;
}

std::optional<std::string> outcomes_of(const std::vector<entry_result>& results) {
  const auto committed = [](const entry_result& r) {
    return r.outcome == entry_outcome::committed;
  };
  if (std::ranges::all_of(results, committed)) return std::nullopt;
  std::string bytes;
  for (const entry_result& r : results) bytes += static_cast<char>(r.outcome);
  return bytes;
}

}  // namespace bank::storage
