
#include "bank/api/http/fields.hpp"
#include "bank/api/jobs/job_parameters.hpp"
#include "bank/json/write.hpp"
#include "bank/node/jobs/job_kinds.hpp"
#include "bank/node/store_guard.hpp"

namespace bank::node {
namespace {

using lifeline::context;
using lifeline::error;
using lifeline::job;
using lifeline::job_result;
using namespace lifeline::ledger;

/// The statement is made in memory and kept as one text: at most about 100 MB.
constexpr std::size_t longest_statement = 250'000;

error failed(const std::string& why) { return {make_error_code(std::errc::io_error), why}; }

std::string text_of(const api::dated_statement& s, bool csv) {
  std::string out = csv ? R"({"format":"csv","text":)" : R"({"format":"json","statement":)";
  if (csv) {
    std::string table;
    api::append_statement_csv(table, s);
    json::append_string(out, table);
  } else {
    api::append_statement(out, s);
  }
  return out + '}';
}

job_result run(const context& ctx, const job& me, ledger_reader& books) {
  const auto given = api::parse_object(me.input());
  if (!given) return failed(given.error().detail);
  const auto asked = api::read_statement_parameters(given->root());
  if (!asked) return failed(asked.error().detail);
  auto account = books.find_account(ctx, asked->account);
  if (!account) return failed(account.error().detail);
  if (!*account) return failed("there is no account " + asked->account.str());
  const auto found =
      api::read_statement(ctx, books, std::move(**account), asked->span, longest_statement);
  if (ctx.done()) return ctx.cause();
  if (!found) return failed(found.error().detail);
  if (found->content.more)
    return failed("more than " + std::to_string(longest_statement) +
                  " transfers in this time span: ask for a shorter one");
  me.progress(0.5);
  return text_of(*found, asked->csv);
}

}  // namespace

lifeline::job_function statement_job(ledger_reader& books) {
  return [&books](const context& ctx, const job& me) { return run(unguarded(ctx), me, books); };
}

}  // namespace bank::node
