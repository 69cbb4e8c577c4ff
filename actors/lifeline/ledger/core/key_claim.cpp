#include "lifeline/ledger/core/key_claim.hpp"

#include <utility>

#include "lifeline/ledger/core/refusals.hpp"
#include "lifeline/ledger/core/transfer_request.hpp"

namespace lifeline::ledger {

static const std::string subject = "the idempotency key";

order_step key_claim::refuse(failure f) {
  refused_ = std::move(f);
  return order_step::answer;
}

/// A failure says nothing about an earlier request with the same key.
order_step key_claim::looked_up(const std::optional<order_findings>& found, lifeline::errc ended) {
  if (!found || ended != lifeline::errc::none) {
    failure f = ended != lifeline::errc::none ? failure_of(ended) : not_looked_up();
    f.known = outcome::unknown;
    return refuse(std::move(f));
  }
  if (found->key_digest && *found->key_digest != digest_)
    return refuse(used_for_other_content("idempotency key"));
  if (found->key_digest) {
    object_ = found->key_object;
    return order_step::answer;
  }
  return looked_again_ ? refuse(failure_of(verdict::duplicate, subject)) : order_step::append;
}

order_step key_claim::journaled(verdict v) {
  if (v == verdict::committed) return order_step::answer;
  if (v == verdict::duplicate && !std::exchange(looked_again_, true)) return order_step::look_up;
  return refuse(failure_of(v, subject));
}

}  // namespace lifeline::ledger
