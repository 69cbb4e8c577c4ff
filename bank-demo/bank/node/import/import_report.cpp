#include "bank/node/import/import_report.hpp"

#include "bank/json/write.hpp"

namespace bank::node {

using namespace lifeline::ledger;

namespace {

constexpr std::size_t most_told = 100;

/// The place of a row.
struct place {
  std::string_view file;
  std::size_t line;
  const std::string& id;
};

place place_of(const import_plan& plan, const books::lane_step& step) {
  if (step.what == books::lane_step::kind::open_account) {
    const auto& account = plan.recorded.accounts[step.lane];
    return {books::accounts_file, account.line, account.ref};
  }
  const auto& planned = plan.lanes[step.lane].transfers[step.transfer];
  const auto& line = plan.recorded.bookings[planned.booking];
  return {books::bookings_file, line.line, line.id};
}

void append_number(std::string& out, const char* name, std::size_t n) {
  out.append(name).append(std::to_string(n));
}

void append(std::string& out, const import_plan& plan, const books::refused_row& row) {
  const place at = place_of(plan, row.step);
  out += R"({"file":)";
  json::append_string(out, at.file);
  append_number(out, R"(,"line":)", at.line);
  out += R"(,"id":)";
  json::append_string(out, at.id);
  out += R"(,"code":)";
  json::append_string(out, row.code);
  out += R"(,"detail":)";
  json::append_string(out, row.detail);
  out += '}';
}

void append(std::string& out, const closing_comparison& c) {
  append_number(out, R"({"compared":)", c.compared);
  append_number(out, R"(,"differ":)", c.differ);
  out += R"(,"first":[)";
  for (const other_balance& b : c.first) {
    if (&b != &c.first.front()) out += ',';
    out += R"({"account":)";
    json::append_string(out, b.account);
    out += R"(,"holds":)" + std::to_string(b.holds_minor);
    out += R"(,"closes":)" + std::to_string(b.closes_minor) + '}';
  }
  out += "]}";
}

void append_counts(std::string& out, const import_plan& plan, const books::lane_counts& c) {
  append_number(out, R"(,"accounts":{"rows":)", plan.recorded.accounts.size());
  append_number(out, R"(,"opened":)", c.opened);
  append_number(out, R"(,"found":)", c.accounts_found);
  append_number(out, R"(,"refused":)", c.accounts_refused);
  append_number(out, R"(},"transfers":{"rows":)", plan.recorded.bookings.size());
  append_number(out, R"(,"posted":)", c.posted);
  append_number(out, R"(,"found":)", c.transfers_found);
  append_number(out, R"(,"refused":)", c.transfers_refused);
  out += '}';
}

}  // namespace

result<closing_comparison> compare_closing(const lifeline::context& ctx, ledger_reader& store,
                                           const import_plan& plan) {
  closing_comparison c;
  for (std::size_t i = 0; i < plan.lanes.size(); ++i) {
    const auto account = store.find_account(ctx, plan.lanes[i].id);
    if (!account) return account.error();
    const auto& expected = plan.recorded.accounts[i];
    const std::int64_t holds = *account ? (*account)->posted : 0;
    ++c.compared;
    if (*account && holds == expected.closing_minor) continue;
    ++c.differ;
    if (c.first.size() < most_told)
      c.first.push_back({expected.ref, holds, expected.closing_minor});
  }
  return c;
}

std::string report_of(const import_plan& plan, const import_run& run,
                      const std::optional<closing_comparison>& closing) {
  std::string out = R"({"owner":)";
  json::append_string(out, plan.owner);
  out += R"(,"currency":)";
  json::append_string(out, plan.unit.code());
  append_counts(out, plan, run.schedule().counts());
  out += R"(,"credits":)" + std::to_string(run.credits_minor());
  out += R"(,"debits":)" + std::to_string(run.debits_minor());
  out += R"(,"closing":)";
  if (closing) {
    append(out, *closing);
  } else {
    out += "null";
  }
  out += R"(,"refused":[)";
  const auto& named = run.schedule().named();
  for (const books::refused_row& row : named) {
    if (&row != &named.front()) out += ',';
    append(out, plan, row);
  }
  return out + "]}";
}

std::string describe(const import_plan& plan, const books::refused_row& row) {
  const place at = place_of(plan, row.step);
  return std::string(at.file) + ":" + std::to_string(at.line) + ": " + at.id + ": " + row.code +
         ": " + row.detail;
}

}  // namespace bank::node
