#include <boost/json/monotonic_resource.hpp>

#include "bank/api/cache/account_reading.hpp"
#include "bank/api/json/fields.hpp"
#include "bank/api/json/parse.hpp"
#include "bank/api/routes/accounts.hpp"
#include "bank/api/routes/parameters.hpp"
#include "bank/api/routes/views.hpp"
#include "bank/api/routes/writes.hpp"
#include "lifeline/ledger/messages.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

constexpr text_rule any_word{1'000, true, true};

std::optional<ledger::account_status> state_of(fields& in) {
  const auto text = in.text("state", any_word);
  if (!text) return std::nullopt;
  const auto state = ledger::parse_account_status(*text);
  if (!state) in.refuse("state", "must be open, frozen or closed");
  return state;
}

result<ledger::change_account> read_change(const request_context& x) {
  const auto id = account_in_path(x);
  if (!id) return id.error();
  std::array<unsigned char, 1024> buffer;
  boost::json::monotonic_resource memory(buffer.data(), buffer.size());
  const auto body = parse_object(x.req.body, &memory);
  if (!body) return body.error();

  fields in(*body, {"state", "overdraft_limit"});
  ledger::change_account m;
  m.account = *id;
  m.change.status = state_of(in);
  m.change.overdraft_limit = in.integer("overdraft_limit", 0, ledger::max_minor);
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
