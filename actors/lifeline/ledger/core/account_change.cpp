#include "lifeline/ledger/core/account_change.hpp"

#include <string>

namespace lifeline::ledger {

namespace {

failure refusal(errc code, const account_record& a, const std::string& why) {
  return {code, outcome::none, "account " + a.id.str() + " " + why};
}

bool is_empty(const account_record& a) noexcept {
  return a.posted == 0 && a.pending_in == 0 && a.pending_out == 0;
}

std::optional<failure> refusal_to_close(const account_record& a, const under_way& moves) {
  if (moves.any)
    return refusal(errc::invalid_state, a, "can't be closed: it has transfers in progress");
  if (a.pending_in != 0 || a.pending_out != 0)
    return refusal(errc::invalid_state, a, "can't be closed: it has pending transfers");
  if (!is_empty(a))
    return refusal(errc::invalid_state, a,
                   "can't be closed: its balance is " + std::to_string(a.posted) + ", not 0");
  return std::nullopt;
}

std::optional<failure> refusal_of_limit(const account_record& a, std::int64_t limit,
                                        const under_way& moves) {
  if (limit < 0 || limit > max_minor)
    return refusal(errc::balance_limit, a, "can't have an overdraft of " + std::to_string(limit));
  const std::int64_t lowest = a.posted - a.pending_out - moves.reserved;
  if (lowest >= -limit || limit >= a.overdraft_limit) return std::nullopt;
  return refusal(errc::insufficient_funds, a,
                 "may be at " + std::to_string(lowest) + ", below an overdraft limit of " +
                     std::to_string(limit));
}

}  // namespace

account_record changed(account_record a, const account_change& c) {
  a.status = c.status.value_or(a.status);
  a.overdraft_limit = c.overdraft_limit.value_or(a.overdraft_limit);
  ++a.version;
  return a;
}

bool is_as_wanted(const account_record& a, const account_change& c) noexcept {
  return c.status.value_or(a.status) == a.status &&
         c.overdraft_limit.value_or(a.overdraft_limit) == a.overdraft_limit;
}

std::optional<failure> refusal_of(const account_record& a, const account_change& c,
                                  const under_way& moves) {
  if (a.type == account_type::world)
    return refusal(errc::invalid_state, a,
                   "is the world account, which has no limit and can't be changed");
  if (is_as_wanted(a, c)) return std::nullopt;
  if (a.status == account_status::closed)
    return refusal(errc::account_closed, a, "is closed; a closed account can't be changed");
  if (c.status == account_status::closed)
    if (auto refused = refusal_to_close(a, moves)) return refused;
  if (c.overdraft_limit) return refusal_of_limit(a, *c.overdraft_limit, moves);
  return std::nullopt;
}

}  // namespace lifeline::ledger
