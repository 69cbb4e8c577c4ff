#include "lifeline/ledger/key_claim.hpp"

#include <utility>

#include "lifeline/ledger/transfer_saga.hpp"

namespace lifeline::ledger {

namespace {

failure failure_of_claim(verdict v) {
  switch (v) {
    case verdict::overloaded:
      return {errc::overloaded, outcome::none, "the journal's queue is full"};
    case verdict::unknown:
      return {errc::store_unavailable, outcome::unknown,
              "the store could not confirm whether the idempotency key was stored"};
    case verdict::duplicate:
      return {errc::in_progress, outcome::none,
              "another request with this idempotency key is in progress"};
    case verdict::violated:
      return {errc::internal, outcome::none,
              "storing the idempotency key would break the ledger's invariants"};
    case verdict::committed:
    case verdict::ref_taken:
    case verdict::wrong_state:
    case verdict::left_out:
    case verdict::unavailable: break;
  }
  return {errc::store_unavailable, outcome::none, "the store could not commit"};
}

}  // namespace

order_step key_claim::refuse(failure f) {
  refused_ = std::move(f);
  return order_step::answer;
}

/// A failure says nothing about an earlier request with the same key.
order_step key_claim::looked_up(const std::optional<order_findings>& found, lifeline::errc ended) {
  if (!found || ended != lifeline::errc::none) {
    failure f = ended != lifeline::errc::none
                    ? failure_of(ended)
                    : failure{errc::store_unavailable, outcome::unknown,
                              "could not look up an earlier request in the store"};
    f.known = outcome::unknown;
    return refuse(std::move(f));
  }
  if (found->key_digest && *found->key_digest != digest_)
    return refuse({errc::idempotency_mismatch, outcome::none,
                   "the idempotency key was used before, for a request with other content"});
  if (found->key_digest) {
    object_ = found->key_object;
    return order_step::answer;
  }
  return looked_again_ ? refuse(failure_of_claim(verdict::duplicate)) : order_step::append;
}

order_step key_claim::journaled(verdict v) {
  if (v == verdict::committed) return order_step::answer;
  if (v == verdict::duplicate && !std::exchange(looked_again_, true)) return order_step::look_up;
  return refuse(failure_of_claim(v));
}

}  // namespace lifeline::ledger
