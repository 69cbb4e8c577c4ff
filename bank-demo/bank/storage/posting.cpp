#include "bank/storage/posting.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

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

bool may_post(const transfer_record& t) noexcept {
  return t.from != t.to && t.amount.minor >= 1 && t.amount.minor <= max_minor;
}

namespace {

std::optional<std::int64_t> balance_after(const account_face& a, std::int64_t change) noexcept {
  const auto sum = add_minor(a.posted, change);
  if (!sum) return std::nullopt;
  const bool below = *sum < 0 && *sum + a.overdraft_limit < 0;
  return below && change < 0 && a.type != account_type::world ? std::nullopt : sum;
}

void settle(account_face& a, std::int64_t balance) noexcept {
  a.posted = balance;
  ++a.version;
}

}  // namespace

bool may_change(const account_face& a, const change_entry& e, bool pending,
                std::int64_t held) noexcept {
  if (a.type == account_type::world || a.status == account_status::closed) return false;
  if (a.status != e.expected_status || a.overdraft_limit != e.expected_limit) return false;
  const bool closing = e.change.status == account_status::closed;
  if (closing && (a.posted != 0 || pending)) return false;
  const std::int64_t limit = e.change.overdraft_limit.value_or(a.overdraft_limit);
  return limit >= 0 && limit <= max_minor &&
         (a.posted - held >= -limit || limit >= a.overdraft_limit);
}

void change(account_face& a, const account_change& c) noexcept {
  a.status = c.status.value_or(a.status);
  a.overdraft_limit = c.overdraft_limit.value_or(a.overdraft_limit);
  ++a.version;
}

std::string_view entry_kind(const account_change& c) noexcept {
  if (!c.status) return "limit_changed";
  switch (*c.status) {
    case account_status::open: return "unfrozen";
    case account_status::frozen: return "frozen";
    case account_status::closed: break;
  }
  return "closed";
}

bool post(account_face& from, account_face& to, const money& amount) noexcept {
  if (from.unit != amount.unit || to.unit != amount.unit) return false;
  if (from.status == account_status::closed || to.status == account_status::closed) return false;
  const auto from_after = balance_after(from, -amount.minor);
  const auto to_after = balance_after(to, amount.minor);
  if (!from_after || !to_after) return false;
  settle(from, *from_after);
  settle(to, *to_after);
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
