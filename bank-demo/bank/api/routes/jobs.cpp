#include "bank/api/routes/jobs.hpp"

#include "bank/api/http/cursor.hpp"
#include "bank/api/http/fields.hpp"
#include "bank/api/http/query.hpp"
#include "bank/api/jobs/import_parameters.hpp"
#include "bank/api/jobs/job_parameters.hpp"
#include "bank/api/jobs/job_service.hpp"
#include "bank/api/routes/accounts.hpp"
#include "bank/api/routes/claims.hpp"
#include "bank/api/routes/job_views.hpp"
#include "bank/api/routes/views.hpp"
#include "bank/json/canonical.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

const json::shape& job_table() {
  using json::shape;
  static const shape t = shape::object_of({{"kind", shape::text_by({1'000, true, true})},
                                           {"parameters", shape::anything()},
                                           {"restart", shape::yes_or_no()}})
                             .requiring({"kind"});
  return t;
}
constexpr std::string_view list_scope = "jobs";

bool is_customer(const request_context& x) { return x.who().role == storage::role::customer; }

/// The owner whose jobs the caller may see; nothing: all.
std::optional<std::string> seen_by(const request_context& x) {
  return is_customer(x) ? std::optional(x.who().name) : std::nullopt;
}

/// Calls the service on a blocking lane: `f(ctx, service, store)`, which owns what it uses.
template <class F>
boost::asio::awaitable<
    std::invoke_result_t<F&, const lifeline::context&, job_service&, ledger::ledger_reader&>>
call_service(request_context& x, F f) {
  if (x.server.what.jobs == nullptr) co_return no_such("path", x.req.path);
  auto call = [f = std::move(f), service = x.server.what.jobs](
                  const lifeline::context& ctx, ledger::ledger_reader& store) mutable {
    return f(ctx, *service, store);
  };
  auto done = co_await from_store(x, std::move(call));
  if (done) co_return done;
  problem p = done.error();
  // If the call was cut off, the job may still be kept, and run.
  const bool cut = p.code == code::deadline_exceeded || p.code == code::canceled;
  if (cut && is_write(x.req.method)) p.outcome = ledger::outcome::unknown;
  co_return p;
}

// -- creating a job ------------------------------------------------------------------------------

struct read_wish {
  job_wish wish;
  std::optional<ledger::account_id> account;  ///< the caller must be allowed to see it
  std::optional<import_parameters> books;     ///< not parsed yet
  std::optional<ledger::idempotency_key> key;
  std::optional<ledger::uuid> id_without_secret;  ///< see `id_without_secret`
};

problem unknown_kind(std::string_view kind) {
  return invalid("kind",
                 "kind must be import, reconcile, statement or verify, not " + quoted(kind));
}

/// The problem of a member of `parameters`.
problem inside(problem p) {
  p.field = p.field.empty() ? "parameters" : "parameters." + p.field;
  return p;
}

handled read_parameters(const json::value& given, read_wish& w) {
  if (w.wish.kind == "import") {
    auto p = read_import_parameters(given);
    if (!p) return inside(p.error());
    w.books = std::move(*p);
    return std::nullopt;
  }
  if (w.wish.kind == "statement") {
    const auto p = read_statement_parameters(given);
    if (!p) return inside(p.error());
    w.account = p->account;
  } else if (w.wish.kind == "verify" || w.wish.kind == "reconcile") {
    if (auto refused = refuse_parameters(given)) return inside(std::move(*refused));
  } else {
    return unknown_kind(w.wish.kind);
  }
  json::append_canonical(w.wish.input, given);
  return std::nullopt;
}

/// Only imports may be large.
handled check_size(const request_context& x, const std::string& kind) {
  const std::size_t most = x.server.options.body_limit;
  if (kind == "import" || x.req.body.size() <= most) return std::nullopt;
  return problem{code::body_too_large,
                 "the body is larger than " + std::to_string(most) + " bytes",
                 {},
                 {},
                 {}};
}

handled check_customer(const request_context& x, const std::string& kind) {
  if (!is_customer(x) || kind == "statement") return std::nullopt;
  return problem{
      code::forbidden, "customers may only create jobs of kind statement", "kind", {}, {}};
}

result<read_wish> read_job(const request_context& x) {
  const auto body = parse_object(x.req.body);
  if (!body) return body.error();
  fields in(body->root(), job_table());
  read_wish w;
  w.wish.kind = in.text("kind").value_or("");
  const auto restart = in.boolean("restart");
  const json::value* given = body->root().find("parameters");
  if (given != nullptr && !given->is_object() && !given->is_null())
    in.fail("parameters", "must be an object");
  if (in.failed()) return in.first_problem();
  if (restart && w.wish.kind != "reconcile")
    return invalid("restart", "restart is allowed with kind reconcile only");
  if (auto refused = check_customer(x, w.wish.kind)) return std::move(*refused);
  if (auto refused = check_size(x, w.wish.kind)) return std::move(*refused);
  const json::document no_parameters("{}");
  const bool none = given == nullptr || given->is_null();
  if (auto refused = read_parameters(none ? no_parameters.root() : *given, w))
    return std::move(*refused);
  w.key = key_of(x, jobs_route, body->root());
  w.id_without_secret = id_without_secret(x, jobs_route, w.key);
  w.wish.owner = x.who().name;
  w.wish.restart = restart.value_or(false);
  w.wish.has_key = w.key.has_value();
  w.wish.id = new_id(x, jobs_route, w.key).str();
  return w;
}

/// Slow: call it on a blocking lane.
handled read_books(read_wish& w) {
  const auto recorded = read_imported_books(*w.books);
  if (!recorded) return inside(recorded.error());
  w.wish.input = import_summary(*w.books);
  w.wish.file = import_text(*w.books);
  return std::nullopt;
}

/// The checks that come before the key is used; on a blocking lane. Returns the job that a version
/// without a secret made with the key, as `job_service::repeated`.
result<accepted_job> prepare(const lifeline::context& ctx, job_service& service,
                             ledger::ledger_reader& store, read_wish& w, const identity& who) {
  if (w.books)
    if (auto refused = read_books(w)) return std::move(*refused);
  if (w.account) {
    const auto account = visible_account(ctx, store, *w.account, who);
    if (!account) return account.error();
  }
  if (!w.id_without_secret) return accepted_job{};
  return service.repeated(ctx, w.id_without_secret->str(), w.wish);
}

/// Call it while the key is held.
boost::asio::awaitable<result<accepted_job>> submit(request_context& x,
                                                    std::shared_ptr<read_wish> w, key_hold held) {
  auto check = [w, who = x.caller](const lifeline::context& ctx, job_service& service,
                                   ledger::ledger_reader& store) {
    return prepare(ctx, service, store, *w, *who);
  };
  auto before = co_await call_service(x, std::move(check));
  if (!before || before->replayed) co_return before;
  if (w->key) {
    auto refused = co_await claim_key(x, *w->key, *ledger::uuid::parse(w->wish.id));
    if (refused) co_return std::move(*refused);
  }
  auto call = [w, held](const lifeline::context& ctx, job_service& service,
                        ledger::ledger_reader&) mutable {
    auto done = service.submit(ctx, std::move(w->wish));
    held.reset();  // before the answer: a repeat may come at once
    return done;
  };
  auto accepted = co_await call_service(x, std::move(call));
  co_return accepted;
}

handled check_id(const request_context& x) {
  if (!ledger::uuid::parse(x.id))
    return invalid("id", "the job's id in the path must be a UUID, not " + quoted(x.id));
  if (const auto q = query::parse(x.req.query, {}); !q) return q.error();
  return std::nullopt;
}

// -- lists ----------------------------------------------------------------------------------------

result<lifeline::job_query> read_list(const request_context& x) {
  const auto q = query::parse(x.req.query, {"kind", "limit", "cursor"});
  if (!q) return q.error();
  const auto limit = page_limit(*q);
  if (!limit) return limit.error();
  lifeline::job_query list;
  list.owner = seen_by(x);
  list.most = *limit + 1;
  if (const auto kind = q->get("kind")) {
    if (!is_job_kind(*kind)) return unknown_kind(*kind);
    list.kind = std::string(*kind);
  }
  if (const auto text = q->get("cursor")) {
    list.behind = read_cursor(list_scope, *text);
    if (!list.behind) return invalid("cursor", wrong_cursor);
  }
  return list;
}

}  // namespace

boost::asio::awaitable<handled> create_job(request_context& x) {
  auto asked = read_job(x);
  if (!asked) co_return std::move(asked.error());
  auto held = hold_key(x, asked->key);
  if (!held) co_return std::move(held.error());
  auto wish = std::make_shared<read_wish>(std::move(*asked));
  const auto accepted = co_await submit(x, std::move(wish), std::move(*held));
  if (!accepted) co_return accepted.error();
  x.out.status = 202;
  x.out.add_field("Location", "/v1/jobs/" + accepted->job.id);
  if (accepted->replayed) x.out.add_field("Idempotency-Replayed", "true");
  append_job(x.out.body, accepted->job);
  co_return std::nullopt;
}

boost::asio::awaitable<handled> list_jobs(request_context& x) {
  const auto asked = read_list(x);
  if (!asked) co_return asked.error();
  auto list = [q = *asked](const lifeline::context& ctx, job_service& service,
                           ledger::ledger_reader&) { return service.list(ctx, q); };
  auto rows = co_await call_service(x, std::move(list));
  if (!rows) co_return rows.error();
  std::optional<std::string> next;
  if (rows->size() == asked->most) {
    rows->pop_back();
    next = make_cursor(list_scope, rows->back().id);
  }
  append_page(x.out.body, *rows, &append_job_line, next);
  co_return std::nullopt;
}

boost::asio::awaitable<handled> get_job(request_context& x) {
  if (auto refused = check_id(x)) co_return refused;
  auto look = [id = std::string(x.id), owner = seen_by(x)](
                  const lifeline::context& ctx, job_service& service, ledger::ledger_reader&) {
    return service.find(ctx, id, owner);
  };
  const auto found = co_await call_service(x, std::move(look));
  if (!found) co_return found.error();
  append_job(x.out.body, *found);
  co_return std::nullopt;
}

boost::asio::awaitable<handled> cancel_job(request_context& x) {
  if (auto refused = check_id(x)) co_return refused;
  auto cancel = [id = std::string(x.id), owner = seen_by(x)](
                    const lifeline::context& ctx, job_service& service, ledger::ledger_reader&) {
    return service.cancel(ctx, id, owner);
  };
  const auto now = co_await call_service(x, std::move(cancel));
  if (!now) co_return now.error();
  append_job(x.out.body, *now);
  co_return std::nullopt;
}

}  // namespace bank::api
