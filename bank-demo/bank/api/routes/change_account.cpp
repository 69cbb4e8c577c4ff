
#include "bank/api/cache/account_reading.hpp"
#include "bank/api/http/fields.hpp"
#include "bank/api/routes/accounts.hpp"
#include "bank/api/routes/parameters.hpp"
#include "bank/api/routes/views.hpp"
#include "bank/api/routes/writes.hpp"
#include "lifeline/ledger/messages/requests.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

const json::shape& change_table() {
  using json::shape;
  static const shape t =
      shape::object_of({{"state", shape::choice({"open", "frozen", "closed"})},
                        {"overdraft_limit", shape::whole(0, ledger::max_minor)}});
  return t;
}

result<ledger::change_account> read_change(const request_context& x) {
  const auto id = account_in_path(x);
  if (!id) return id.error();
  const auto body = parse_object(x.req.body);
  if (!body) return body.error();

  fields in(body->root(), change_table());
  ledger::change_account m;
  m.account = *id;
  if (const auto state = in.text("state")) m.change.status = ledger::parse_account_status(*state);
  m.change.overdraft_limit = in.integer("overdraft_limit");
  if (!m.change.status && !m.change.overdraft_limit)
    in.fail("state", "must be given, or overdraft_limit instead");
  if (m.change.status && m.change.overdraft_limit)
    in.fail("overdraft_limit", "can't be changed together with state; send two requests");
  if (in.failed()) return in.first_problem();
  if (!x.judged_tag.empty()) m.version = version_of_tag(x.judged_tag);
  return m;
}

}  // namespace

boost::asio::awaitable<handled> change_account(request_context& x) {
  auto message = read_change(x);
  if (!message) co_return std::move(message.error());
  const caf::actor shard = x.server.what.books.shard_of(message->account);
  const auto answered = co_await x.port.ask<ledger::account_answer>(x.life.outcome_context(), shard,
                                                                    x.ctx, std::move(*message));
  if (!answered) co_return no_answer(x, answered.error(), false);
  if (answered->is_outdated)
    co_return problem{code::precondition_failed, answered->refused->detail, "If-Match", {}, {}};
  if (answered->refused) co_return problem_of(*answered->refused);
  x.out.etag = tag_of_version(answered->account.version);
  append_account(x.out.body, answered->account);
  co_return std::nullopt;
}

}  // namespace bank::api
