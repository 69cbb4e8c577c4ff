
#include "bank/api/observe/log.hpp"
#include "bank/json/write.hpp"
#include "bank/node/jobs/job_kinds.hpp"
#include "bank/node/jobs/reconciliation.hpp"
#include "bank/node/store_guard.hpp"

namespace bank::node {
namespace {

using lifeline::context;
using lifeline::job;
using lifeline::job_result;

void append(std::string& out, const lifeline::ledger::currency_total& c) {
  out += R"({"currency":)";
  json::append_string(out, c.unit.code());
  out += R"(,"sum":)" + std::to_string(c.sum) + '}';
}

void append(std::string& out, const disagreement& d) {
  out += R"({"what":)";
  json::append_string(out, d.what);
  out += R"(,"where":)";
  json::append_string(out, d.where);
  out += R"(,"stands":)" + std::to_string(d.stands);
  out += R"(,"follows":)" + std::to_string(d.follows) + '}';
}

template <class T>
void append_all(std::string& out, const std::vector<T>& rows) {
  out += '[';
  for (const T& row : rows) {
    if (&row != &rows.front()) out += ',';
    append(out, row);
  }
  out += ']';
}

std::string text_of(const reconciled& r) {
  std::string out = R"({"agrees":)";
  out += r.disagreements == 0 ? "true" : "false";
  out += R"(,"accounts":)" + std::to_string(r.accounts);
  out += R"(,"moving":)" + std::to_string(r.moving);
  out += R"(,"currencies":)";
  append_all(out, r.currencies);
  out += R"(,"disagreements":)" + std::to_string(r.disagreements);
  out += R"(,"first":)";
  append_all(out, r.first);
  return out + '}';
}

job_result run(const context& ctx, const job& me, lifeline::ledger::ledger_reader& books) {
  const auto found = reconcile(ctx, books, [&](double done) { me.progress(done); });
  if (ctx.done()) return ctx.cause();
  if (!found)
    return lifeline::error(make_error_code(std::errc::io_error),
                           "the ledger can't be read: " + found.error().detail);
  if (found->disagreements != 0)
    log::error("job {}: {} figures in the ledger do not agree", me.id(), found->disagreements);
  return text_of(*found);
}

}  // namespace

lifeline::job_function reconcile_job(lifeline::ledger::ledger_reader& books) {
  return [&books](const context& ctx, const job& me) { return run(unguarded(ctx), me, books); };
}

}  // namespace bank::node
