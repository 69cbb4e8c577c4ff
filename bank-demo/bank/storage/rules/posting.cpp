#include "bank/storage/rules/posting.hpp"

#include <algorithm>

namespace bank::storage {

using namespace lifeline::ledger;

account_face face_of(const account_record& a) noexcept {
  return {a.type,       a.unit,        a.overdraft_limit, a.posted,
          a.pending_in, a.pending_out, a.version,         a.status};
}

void show(account_record& a, const account_face& face) noexcept {
  a.posted = face.posted;
  a.pending_in = face.pending_in;
  a.pending_out = face.pending_out;
  a.version = face.version;
  a.status = face.status;
  a.overdraft_limit = face.overdraft_limit;
}

bool may_open(const account_record& a) noexcept {
  return a.type != account_type::world && a.posted == 0 && a.pending_in == 0 &&
         a.pending_out == 0 && a.overdraft_limit >= 0 && a.overdraft_limit <= max_minor;
}

account_record new_world(currency unit, lifeline::wall_time at) {
  account_record world;
  world.id = world_account(unit);
  world.type = account_type::world;
  world.unit = unit;
  world.created_at = at;
  return world;
}

bool may_begin(const transfer_record& t) noexcept {
  return t.from != t.to && t.amount.minor >= 1 && t.amount.minor <= max_minor &&
         (t.status == transfer_status::posted || is_open(t.status));
}

bool is_group(const group_entry& g, std::span<const entry> members) noexcept {
  return members.size() == g.size && std::ranges::all_of(members, [](const entry& e) {
           const auto* t = std::get_if<transfer_entry>(&e);
           return t != nullptr && !t->expects && !t->key;
         });
}

bool all_committed(const std::vector<entry_result>& results, std::size_t first) noexcept {
  return std::all_of(results.begin() + static_cast<std::ptrdiff_t>(first), results.end(),
                     [](const entry_result& r) { return r.outcome == entry_outcome::committed; });
}

bool may_stand(const standing_order& o, currency from, currency to) noexcept {
  return o.from != o.to && from == o.amount.unit && to == o.amount.unit && o.amount.minor >= 1 &&
         o.amount.minor <= max_minor && o.schedule.at(0).has_value();
}

bool may_end(const transfer_record& t, const resolution& r) noexcept {
  switch (r.becomes) {
    case transfer_status::posted:
      return t.status == transfer_status::pending && r.minor >= 1 && r.minor <= t.amount.minor;
    case transfer_status::expired: return t.status == transfer_status::pending;
    case transfer_status::rejected: return t.status == transfer_status::scheduled;
    case transfer_status::voided: return is_open(t.status);
    case transfer_status::scheduled:
    case transfer_status::pending: break;
  }
  return false;
}

namespace {

/// Available funds must not fall below the limit, and no number may leave its range.
bool keeps_the_rules(const account_face& before, const account_face& after) noexcept {
  const auto in_range = [](std::int64_t v) { return v >= -max_minor && v <= max_minor; };
  if (!in_range(after.posted) || !in_range(after.pending_in) || !in_range(after.pending_out))
    return false;
  if (after.pending_in < 0 || after.pending_out < 0) return false;
  const std::int64_t free = after.posted - after.pending_out;
  if (after.posted + after.pending_in > max_minor || free < -max_minor) return false;
  const bool falls = free < before.posted - before.pending_out;
  return !falls || free + after.overdraft_limit >= 0 || after.type == account_type::world;
}

account_face changed(account_face a, const balance_change& by) noexcept {
  if (by.is_nothing()) return a;
  a.posted += by.posted;
  a.pending_in += by.pending_in;
  a.pending_out += by.pending_out;
  ++a.version;
  return a;
}

}  // namespace

bool may_change(const account_face& a, const change_entry& e) noexcept {
  if (a.type == account_type::world || a.status == account_status::closed) return false;
  if (a.status != e.expected_status || a.overdraft_limit != e.expected_limit) return false;
  const bool closing = e.change.status == account_status::closed;
  if (closing && (a.posted != 0 || a.pending_in != 0 || a.pending_out != 0)) return false;
  const std::int64_t limit = e.change.overdraft_limit.value_or(a.overdraft_limit);
  return limit >= 0 && limit <= max_minor &&
         (a.posted - a.pending_out >= -limit || limit >= a.overdraft_limit);
}

void change(account_face& a, const account_change& c) noexcept {
  a.status = c.status.value_or(a.status);
  a.overdraft_limit = c.overdraft_limit.value_or(a.overdraft_limit);
  ++a.version;
}

std::string_view name_of(const account_change& c) noexcept {
  if (!c.status) return "limit_changed";
  switch (*c.status) {
    case account_status::open: return "unfrozen";
    case account_status::frozen: return "frozen";
    case account_status::closed: break;
  }
  return "closed";
}

bool may_take_transfers(const account_face& from, const account_face& to) noexcept {
  return from.status != account_status::closed && to.status != account_status::closed;
}

bool apply(account_face& from, account_face& to, currency unit,
           const transfer_changes& changes) noexcept {
  if (from.unit != unit || to.unit != unit) return false;
  const bool moves = !changes.from.is_nothing() || !changes.to.is_nothing();
  if (moves && !may_take_transfers(from, to)) return false;
  const account_face from_after = changed(from, changes.from);
  const account_face to_after = changed(to, changes.to);
  if (!keeps_the_rules(from, from_after) || !keeps_the_rules(to, to_after)) return false;
  from = from_after;
  to = to_after;
  return true;
}

std::optional<failure> ended(const lifeline::context& ctx) {
  switch (ctx.err()) {
    case lifeline::errc::none: return std::nullopt;
    case lifeline::errc::deadline_exceeded:
      return failure{errc::deadline_exceeded, outcome::none,
                     "the deadline passed before the store answered"};
    default:
      return failure{errc::canceled, outcome::none,
                     "the request was cancelled before the store answered"};
  }
}

}  // namespace bank::storage
