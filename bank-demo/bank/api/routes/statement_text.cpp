#include "bank/api/routes/statement_text.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "bank/api/routes/views.hpp"
#include "bank/json/write.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

void append_sum(std::string& out, const std::optional<std::int64_t>& sum) {
  if (sum) {
    json::append_integer(out, *sum);
  } else {
    out += "null";
  }
}

void append_totals(std::string& out, const statement_totals& all) {
  out += R"({"credits":)";
  append_sum(out, all.credits);
  out += R"(,"credit_count":)";
  json::append_integer(out, static_cast<std::int64_t>(all.credit_count));
  out += R"(,"debits":)";
  append_sum(out, all.debits);
  out += R"(,"debit_count":)";
  json::append_integer(out, static_cast<std::int64_t>(all.debit_count));
  out += '}';
}

/// Would a spreadsheet read a cell with this start as a formula? Programs for East Asian scripts
/// also accept the full-width signs.
bool begins_a_formula(std::string_view text) {
  static constexpr std::array<std::string_view, 8> signs{"=",      "+",      "-",      "@",
                                                         "\uff1d", "\uff0b", "\uff0d", "\uff20"};
  return std::ranges::any_of(signs, [&](std::string_view sign) { return text.starts_with(sign); });
}

std::string_view without_first(std::string_view text, std::string_view characters) {
  return text.substr(std::min(text.find_first_not_of(characters), text.size()));
}

/// A foreign text with "'" before each part that could become a formula (OWASP, CSV Injection): at
/// its start, and after separators of spreadsheets that split cells at semicolons or tabs, where
/// our quotes have no effect.
std::string guarded(std::string_view text) {
  static constexpr std::string_view blanks = "\t\r\n";
  static constexpr std::string_view separators = ";\t\r\n";
  std::string out;
  if (begins_a_formula(text) || without_first(text, blanks).size() != text.size()) out += '\'';
  while (true) {
    const std::size_t n = std::min(text.find_first_of(separators), text.size());
    out.append(text.substr(0, n));
    text.remove_prefix(n);
    if (text.empty()) return out;
    out += text.front();
    text.remove_prefix(1);
    if (begins_a_formula(without_first(text, "\""))) out += '\'';
  }
}

void append_field(std::string& out, std::string_view text) {
  const bool plain = text.find_first_of(",\"\r\n") == std::string_view::npos;
  if (plain) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void append_record(std::string& out, std::initializer_list<std::string_view> fields) {
  bool first = true;
  for (const auto& field : fields) {
    if (!first) out += ',';
    first = false;
    append_field(out, field);
  }
  out += "\r\n";
}

std::string plain_time(lifeline::wall_time t) {
  std::string text;
  json::append_time(text, t);
  return text.substr(1, text.size() - 2);
}

std::string name_of(const ledger::account_id& id) { return is_world(id) ? "world" : id.str(); }

void append_balance_row(std::string& out, const statement_frame& s, std::string_view what,
                        lifeline::wall_time at, std::int64_t balance) {
  const ledger::money m{balance, s.account.unit};
  append_record(out, {what, "", "", plain_time(at), "", "", "", "", "", std::to_string(balance),
                      decimal_text(m), m.unit.code()});
}

void append_transfer_row(std::string& out, const statement_frame& s,
                         const ledger::history_row& row) {
  const ledger::transfer_record& t = row.transfer;
  const bool debit = t.from == s.account.id;
  const ledger::money change{debit ? -t.amount.minor : t.amount.minor, t.amount.unit};
  const ledger::money after{row.balance_after, t.amount.unit};
  append_record(out, {"transfer", std::to_string(t.sequence), t.id.str(),
                      plain_time(t.posted_at.value_or(t.created_at)), guarded(t.kind),
                      name_of(debit ? t.to : t.from), guarded(t.memo.value_or("")),
                      std::to_string(change.minor), decimal_text(change),
                      std::to_string(after.minor), decimal_text(after), after.unit.code()});
}

void append_json_start(std::string& out, const statement_frame& s) {
  out += R"({"account":)";
  json::append_uuid(out, s.account.id);
  out += R"(,"owner":)";
  json::append_string(out, s.account.owner);
  out += R"(,"currency":)";
  json::append_string(out, s.account.unit.code());
  out += R"(,"exponent":)";
  json::append_integer(out, s.account.unit.exponent());
  out += R"(,"from":)";
  json::append_time(out, s.from);
  out += R"(,"to":)";
  json::append_time(out, s.to);
  out += R"(,"opening_balance":)";
  json::append_integer(out, s.opening);
  out += R"(,"closing_balance":)";
  json::append_integer(out, s.closing);
  out += R"(,"totals":)";
  append_totals(out, s.totals);
  out += R"(,"data":[)";
}

void append_csv_start(std::string& out, const statement_frame& s) {
  out +=
      "row,sequence,transfer,time,kind,counterparty,memo,amount_minor,amount,balance_minor,balance,"
      "currency\r\n";
  append_balance_row(out, s, "opening", s.from, s.opening);
}

void append_whole(std::string& out, const dated_statement& s, statement_format f) {
  statement_frame frame{s.account, s.from, s.to, s.content.opening, s.content.closing};
  for (const auto& row : s.content.rows) frame.totals.add(row.transfer, s.account.id);
  append_statement_start(out, frame, f);
  for (const auto& row : s.content.rows)
    append_statement_row(out, frame, row, &row == &s.content.rows.front(), f);
  append_statement_end(out, frame, f);
}

}  // namespace

void statement_totals::add(const ledger::transfer_record& t, const ledger::account_id& account) {
  const bool debit = t.from == account;
  auto& sum = debit ? debits : credits;
  if (sum) sum = ledger::add_minor(*sum, t.amount.minor);
  ++(debit ? debit_count : credit_count);
}

void append_statement_start(std::string& out, const statement_frame& s, statement_format f) {
  f == statement_format::csv ? append_csv_start(out, s) : append_json_start(out, s);
}

void append_statement_row(std::string& out, const statement_frame& s,
                          const ledger::history_row& row, bool is_first, statement_format f) {
  if (f == statement_format::csv) return append_transfer_row(out, s, row);
  if (!is_first) out += ',';
  append_history_row(out, row);
}

void append_statement_end(std::string& out, const statement_frame& s, statement_format f) {
  if (f == statement_format::csv) {
    append_balance_row(out, s, "closing", s.to, s.closing);
  } else {
    out += "]}";
  }
}

void append_statement(std::string& out, const dated_statement& s) {
  append_whole(out, s, statement_format::json);
}

void append_statement_csv(std::string& out, const dated_statement& s) {
  append_whole(out, s, statement_format::csv);
}

}  // namespace bank::api
