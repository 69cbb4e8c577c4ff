#include "bank/api/routes/operations.hpp"

#include "bank/api/cache/reading_answer.hpp"
#include "bank/api/http/query.hpp"
#include "bank/api/routes/views.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

std::string tag_of(std::string_view text) {
  return "\"" + ledger::uuid::derive({text}).str() + "\"";
}

}  // namespace

handled live(request_context& x) {
  x.out.body += R"({"status":"live"})";
  return std::nullopt;
}

handled ready(request_context& x) {
  if (x.server.stopping) return shutting_down();
  readiness ready = x.server.ready();
  if (!ready.reason.empty())
    return problem{code::store_unavailable, std::move(ready.reason), {}, {}, {}};
  x.out.body += R"({"status":"ready"})";
  return std::nullopt;
}

handled openapi(request_context& x) {
  static const std::string tag = tag_of(openapi_text());
  x.out.etag = tag;
  x.out.cache_control = "no-cache";
  x.out.body += openapi_text();
  return std::nullopt;
}

boost::asio::awaitable<handled> get_money(request_context& x) {
  if (const auto q = query::parse(x.req.query, {}); !q) co_return q.error();
  auto sum = [](const lifeline::context& ctx,
                ledger::ledger_reader& store) -> result<ledger::money_totals> {
    auto found = store.totals(ctx);
    if (!found) return problem_of(found.error());
    return std::move(*found);
  };
  const auto totals = co_await from_store(x, std::move(sum), lifeline::lane::report);
  if (!totals) co_return totals.error();
  append_totals(x.out.body, *totals);
  co_return std::nullopt;
}

}  // namespace bank::api
