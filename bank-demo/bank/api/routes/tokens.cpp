#include "bank/api/routes/tokens.hpp"

#include <algorithm>

#include "bank/api/auth/token_service.hpp"
#include "bank/api/http/cursor.hpp"
#include "bank/api/http/fields.hpp"
#include "bank/api/http/query.hpp"
#include "bank/api/observe/log.hpp"
#include "bank/api/routes/claims.hpp"
#include "bank/api/routes/views.hpp"
#include "bank/json/object_writer.hpp"

// Issuing, listing and revoking tokens. Logs never contain a secret.

namespace bank::api {

using storage::token_record;

namespace {

constexpr std::string_view list_scope = "tokens";
constexpr std::int64_t longest_life_s = 100LL * 366 * 24 * 3'600;

const json::shape& token_table() {
  using json::shape;
  static const shape t =
      shape::object_of({{"role", shape::choice({"admin", "customer", "auditor"})},
                        {"owner", shape::text_by({128, false, false})},
                        {"expires_in", shape::whole(1, longest_life_s)}})
          .requiring({"role"});
  return t;
}

/// Calls `f(ctx, token_service)` on a blocking lane, where `f` owns what it uses.
template <class F>
boost::asio::awaitable<std::invoke_result_t<F&, const lifeline::context&, token_service&>>
call_token_service(request_context& x, F f) {
  auto call = [f = std::move(f), tokens = &x.server.tokens](const lifeline::context& ctx) mutable {
    return f(ctx, *tokens);
  };
  auto done = co_await on_lane(x, std::move(call));
  problem p;
  if (done && *done) co_return std::move(*done);
  p = done ? done->error() : problem_of(done.error());
  // If the call was cut off, the token may still be issued or revoked.
  const bool cut = p.code == code::deadline_exceeded || p.code == code::canceled;
  if (cut && is_write(x.req.method)) p.outcome = lifeline::ledger::outcome::unknown;
  co_return p;
}

struct asked_token {
  token_wish wish;
  std::optional<lifeline::ledger::idempotency_key> key;
};

result<asked_token> read_wish(const request_context& x) {
  const auto body = parse_object(x.req.body);
  if (!body) return body.error();
  fields in(body->root(), token_table());
  token_wish w;
  const auto granted = storage::parse_role(in.text("role").value_or(""));
  w.granted = granted.value_or(w.granted);
  const auto owner = in.text("owner");
  if (!owner && granted == storage::role::customer)
    in.fail("owner", "must be given: the owner whose accounts a customer's token may use");
  w.owner = owner.value_or(std::string(to_string(w.granted)));
  if (const auto seconds = in.integer("expires_in")) w.expires_in = std::chrono::seconds(*seconds);
  if (in.failed()) return in.first_problem();
  auto key = key_of(x, tokens_route, body->root());
  w.has_key = key.has_value();
  w.id = new_id(x, tokens_route, key).str();
  return asked_token{std::move(w), std::move(key)};
}

/// The token that a version without a secret issued with the key.
boost::asio::awaitable<result<std::optional<issued_token>>> find_without_secret(
    request_context& x, const asked_token& a) {
  const auto id = id_without_secret(x, tokens_route, a.key);
  if (!id) co_return std::optional<issued_token>();
  auto look = [id = id->str(), w = a.wish](const lifeline::context& ctx, token_service& tokens) {
    return tokens.issued_before(ctx, id, w);
  };
  auto found = co_await call_token_service(x, std::move(look));
  co_return found;
}

/// Call it while the key is held.
boost::asio::awaitable<result<issued_token>> issue(request_context& x, const asked_token& a,
                                                   key_hold held) {
  auto before = co_await find_without_secret(x, a);
  if (!before) co_return std::move(before.error());
  if (*before) co_return std::move(**before);
  if (a.key) {
    auto refused = co_await claim_key(x, *a.key, *lifeline::ledger::uuid::parse(a.wish.id));
    if (refused) co_return std::move(*refused);
  }
  auto call = [w = a.wish, held](const lifeline::context& ctx, token_service& tokens) mutable {
    auto done = tokens.issue(ctx, w);
    held.reset();  // before the answer: a repeat may come at once
    return done;
  };
  auto issued = co_await call_token_service(x, std::move(call));
  co_return issued;
}

void append_optional(json::object_writer& o, std::string_view name,
                     const std::optional<lifeline::wall_time>& t) {
  if (t) {
    o.time(name, *t);
  } else {
    o.null(name);
  }
}

void append_members(json::object_writer& o, const token_record& t) {
  o.text("id", t.id);
  o.text("role", to_string(t.granted));
  o.text("owner", t.owner);
  o.time("created_at", t.created_at);
  append_optional(o, "expires_at", t.expires_at);
  append_optional(o, "revoked_at", t.revoked_at);
}

void append_token(std::string& out, const token_record& t) {
  json::object_writer o(out);
  append_members(o, t);
}

void append_issued(std::string& out, const issued_token& i) {
  json::object_writer o(out);
  append_members(o, i.token);
  if (i.secret.empty()) {
    o.null("secret");
  } else {
    o.text("secret", i.secret);
  }
}

void note(const request_context& x, const char* what, const token_record& t) {
  log::info("token {} {} role={} owner={} by={} request_id={}", t.id, what, to_string(t.granted),
            t.owner, x.who().name, x.request_id);
}

struct list_wish {
  std::size_t limit = 0;
  std::optional<std::string> behind;
};

result<list_wish> read_list(const request_context& x) {
  const auto q = query::parse(x.req.query, {"limit", "cursor"});
  if (!q) return q.error();
  const auto limit = page_limit(*q);
  if (!limit) return limit.error();
  list_wish w{*limit, {}};
  if (const auto text = q->get("cursor")) {
    w.behind = read_cursor(list_scope, *text);
    if (!w.behind) return invalid("cursor", wrong_cursor);
  }
  return w;
}

}  // namespace

boost::asio::awaitable<handled> create_token(request_context& x) {
  const auto asked = read_wish(x);
  if (!asked) co_return asked.error();
  auto held = hold_key(x, asked->key);
  if (!held) co_return std::move(held.error());
  const auto issued = co_await issue(x, *asked, std::move(*held));
  if (!issued) co_return issued.error();
  if (!issued->replayed) note(x, "was issued", issued->token);
  x.out.status = 201;
  x.out.add_field("Location", "/v1/admin/tokens/" + issued->token.id);
  if (issued->replayed) x.out.add_field("Idempotency-Replayed", "true");
  append_issued(x.out.body, *issued);
  co_return std::nullopt;
}

boost::asio::awaitable<handled> list_tokens(request_context& x) {
  const auto wish = read_list(x);
  if (!wish) co_return wish.error();
  auto list = [](const lifeline::context& ctx, token_service& tokens) { return tokens.list(ctx); };
  auto all = co_await call_token_service(x, std::move(list));
  if (!all) co_return all.error();
  if (wish->behind) {
    const auto last = std::ranges::find(*all, *wish->behind, &token_record::id);
    if (last != all->end()) all->erase(all->begin(), last + 1);
  }
  std::optional<std::string> next;
  if (all->size() > wish->limit) {
    all->resize(wish->limit);
    next = make_cursor(list_scope, all->back().id);
  }
  append_page(x.out.body, *all, &append_token, next);
  co_return std::nullopt;
}

boost::asio::awaitable<handled> revoke_token(request_context& x) {
  const auto id = lifeline::ledger::uuid::parse(x.id);
  if (!id)
    co_return invalid("id", "the token's id in the path must be a UUID, not " + quoted(x.id));
  auto revoke = [id = id->str()](const lifeline::context& ctx, token_service& tokens) {
    return tokens.revoke(ctx, id);
  };
  const auto revoked = co_await call_token_service(x, std::move(revoke));
  if (!revoked) co_return revoked.error();
  if (!revoked->revoked_at) note(x, "was revoked", *revoked);
  x.out.status = 204;
  co_return std::nullopt;
}

}  // namespace bank::api
