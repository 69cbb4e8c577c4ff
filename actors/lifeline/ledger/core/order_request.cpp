#include "lifeline/ledger/core/order_request.hpp"

#include <utility>

#include "lifeline/ledger/core/refusals.hpp"
#include "lifeline/ledger/core/transfer_request.hpp"

namespace lifeline::ledger {

namespace {

std::string named(const account_id& id) { return "account " + id.str(); }
std::string named(const standing_order_id& id) { return "standing order " + id.str(); }

failure not_asked(const standing_order_id& id) {
  return {errc::store_unavailable, outcome::none, "the store could not be read for " + named(id)};
}

std::optional<failure> check_side(const std::optional<account_record>& a, const account_id& id,
                                  currency unit) {
  if (!a) return failure{errc::not_found, outcome::none, "there is no " + named(id)};
  if (a->status == account_status::closed)
    return failure{errc::account_closed, outcome::none, named(id) + " is closed"};
  if (a->status == account_status::frozen)
    return failure{errc::account_frozen, outcome::none, named(id) + " is frozen"};
  if (a->unit == unit) return std::nullopt;
  return failure{
      errc::currency_mismatch, outcome::none,
      named(id) + " is in " + std::string(a->unit.code()) + ", not in " + std::string(unit.code())};
}

}  // namespace

// -- opening --------------------------------------------------------------------------------------

order_step order_opening::refuse(failure f) {
  refused_ = std::move(f);
  return order_step::answer;
}

order_step order_opening::repeat(standing_order first) {
  order_ = as_first_answered(std::move(first));
  replayed_ = true;
  return order_step::answer;
}

/// A failure says nothing about an earlier request with the same key.
order_step order_opening::looked_up(const std::optional<order_findings>& found,
                                    lifeline::errc ended) {
  if (!found || ended != lifeline::errc::none) {
    failure f = ended != lifeline::errc::none ? failure_of(ended) : not_asked(order_.id);
    f.known = key_digest_ ? outcome::unknown : outcome::none;
    return refuse(std::move(f));
  }
  if (auto wrong = mismatch(*found)) return refuse(std::move(*wrong));
  if (found->by_key) return repeat(*found->by_key);
  if (found->by_id) return repeat(*found->by_id);
  if (looked_again_) return refuse(failure_of(verdict::duplicate, named(order_.id)));
  if (auto refused = check(*found)) return refuse(std::move(*refused));
  return order_step::append;
}

/// A key is deleted after a while; the identifier derived from it is not.
std::optional<failure> order_opening::mismatch(const order_findings& found) const {
  const bool other_key = found.key_digest && found.key_digest != key_digest_;
  const bool other_order = found.by_id && !same_content(*found.by_id, order_);
  if (!other_key && !other_order) return std::nullopt;
  return used_for_other_content("idempotency key");
}

std::optional<failure> order_opening::check(const order_findings& found) const {
  if (order_.from == order_.to)
    return failure{errc::same_account, outcome::none,
                   "a standing order needs two accounts; both are " + order_.from.str()};
  if (found.from && debits_only_ && found.from->owner != *debits_only_)
    return failure{errc::forbidden, outcome::none,
                   named(order_.from) + " belongs to another owner"};
  if (order_.schedule.first_at + latest_execute_at < order_.created_at)
    return failure{errc::invalid_field, outcome::none, "first_at has passed"};
  if (auto refused = check_side(found.from, order_.from, order_.amount.unit)) return refused;
  return check_side(found.to, order_.to, order_.amount.unit);
}

order_step order_opening::journaled(verdict v, wall_time at) {
  if (v == verdict::committed) {
    order_ = as_opened(std::move(order_), 0, at);
    return order_step::answer;
  }
  if (v == verdict::duplicate && !std::exchange(looked_again_, true)) return order_step::look_up;
  return refuse(failure_of(v, named(order_.id)));
}

// -- deleting -------------------------------------------------------------------------------------

order_step order_deletion::refuse(failure f) {
  refused_ = std::move(f);
  return order_step::answer;
}

/// Until the result of an earlier request is known, nothing can be said about the order.
order_step order_deletion::looked_up(const std::optional<order_findings>& found,
                                     lifeline::errc ended) {
  if (!found || ended != lifeline::errc::none) {
    failure f = ended != lifeline::errc::none ? failure_of(ended) : not_asked(order_.id);
    f.known = outcome::unknown;
    return refuse(std::move(f));
  }
  const bool theirs = !debits_only_ || (found->from && found->from->owner == *debits_only_);
  if (!found->by_id || !theirs)
    return refuse({errc::not_found, outcome::none, "there is no " + named(order_.id)});
  order_ = *found->by_id;
  return status_of(order_) == order_status::active ? order_step::append : order_step::answer;
}

/// Wrong state: it has ended, or another request has deleted it, since it was looked up.
order_step order_deletion::journaled(verdict v) {
  if (v == verdict::committed || v == verdict::wrong_state) return order_step::answer;
  return refuse(failure_of(v, named(order_.id)));
}

// -- advancing ------------------------------------------------------------------------------------

order_advance::order_advance(standing_order listed, wall_time now, std::size_t most)
    : order_(std::move(listed)) {
  standing_order ahead = order_;
  while (dues_.size() < most && ahead.next_at && *ahead.next_at <= now) {
    dues_.push_back(*ahead.next_at);
    ahead = after_occurrence(std::move(ahead));
  }
}

bool order_advance::journaled(verdict v) {
  if (v == verdict::committed && !refused_) {
    order_ = after_occurrence(std::move(order_));
  } else if (!refused_) {
    refused_ = v == verdict::wrong_state
                   ? failure{errc::invalid_state, outcome::none,
                             named(order_.id) + " has changed since it was listed"}
                   : failure_of(v, named(order_.id));
  }
  return ++ended_ == dues_.size();
}

}  // namespace lifeline::ledger
