#include "bank/api/auth/token_service.hpp"

#include <algorithm>
#include <tuple>

namespace bank::api {

using storage::token_record;

namespace {

bool is_valid(const token_record& t, lifeline::wall_time now) noexcept {
  return !t.revoked_at && (!t.expires_at || *t.expires_at > now);
}

bool is_admin(const token_record& t, lifeline::wall_time now) noexcept {
  return t.granted == storage::role::admin && is_valid(t, now);
}

bool fits(const token_record& t, const token_wish& w) noexcept {
  const bool for_as_long = t.expires_at && w.expires_in
                               ? *t.expires_at - t.created_at == *w.expires_in
                               : t.expires_at.has_value() == w.expires_in.has_value();
  return t.granted == w.granted && t.owner == w.owner && for_as_long;
}

const token_record* find(const std::vector<token_record>& all, std::string_view id) noexcept {
  const auto found = std::ranges::find(all, id, &token_record::id);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

result<issued_token> token_service::issue(const lifeline::context& ctx, const token_wish& w) {
  auto made = storage::make_secret();
  token_record t;
  t.id = w.id;
  t.hash = std::move(made.hash);
  t.granted = w.granted;
  t.owner = w.owner;
  t.created_at = ctx.time().wall_now();
  if (w.expires_in) t.expires_at = t.created_at + *w.expires_in;
  const auto added = tokens_.add(ctx, t);
  if (added) return issued_token{std::move(t), std::move(made.secret)};
  if (added.error().code != lifeline::ledger::errc::already_exists || !w.has_key)
    return problem_of(added.error());

  auto earlier = issued_before(ctx, w.id, w);
  if (!earlier) return earlier.error();
  if (!*earlier) return problem_of(added.error());
  return std::move(**earlier);
}

result<std::optional<issued_token>> token_service::issued_before(const lifeline::context& ctx,
                                                                 const std::string& id,
                                                                 const token_wish& w) {
  const auto all = tokens_.list(ctx);
  if (!all) return problem_of(all.error());
  const token_record* earlier = find(*all, id);
  if (earlier == nullptr) return std::optional<issued_token>();
  if (!fits(*earlier, w))
    return problem{code::idempotency_mismatch,
                   "the key was used for another token; send a new key",
                   "Idempotency-Key",
                   {},
                   {}};
  token_record first = *earlier;
  first.revoked_at.reset();  // as in the first answer
  return std::optional(issued_token{std::move(first), {}, true});
}

result<bool> token_service::is_known(const lifeline::context& ctx, const std::string& id) {
  const auto all = tokens_.list(ctx);
  if (!all) return problem_of(all.error());
  return find(*all, id) != nullptr;
}

result<std::vector<token_record>> token_service::list(const lifeline::context& ctx) {
  auto all = tokens_.list(ctx);
  if (!all) return problem_of(all.error());
  std::ranges::sort(*all, [](const token_record& a, const token_record& b) {
    return std::tie(a.created_at, a.id) > std::tie(b.created_at, b.id);
  });
  return std::move(*all);
}

result<token_record> token_service::revoke(const lifeline::context& ctx, const std::string& id) {
  const std::lock_guard lock(revoking_);
  const lifeline::wall_time now = ctx.time().wall_now();
  const auto all = tokens_.list(ctx);
  if (!all) return problem_of(all.error());
  const token_record* t = find(*all, id);
  if (t == nullptr) return no_such("token", id);
  const auto admins = std::ranges::count_if(*all, [&](const auto& a) { return is_admin(a, now); });
  if (is_admin(*t, now) && admins == 1)
    return problem{code::invalid_state,
                   "token " + id + " is the last valid admin token; create another one first",
                   "id",
                   {},
                   {}};
  const auto revoked = tokens_.revoke(ctx, id, now);
  if (!revoked) {
    auth_.forget(t->hash);  // it may have been revoked
    return problem_of(revoked.error());
  }
  auth_.deny(t->hash);
  return *t;
}

}  // namespace bank::api
