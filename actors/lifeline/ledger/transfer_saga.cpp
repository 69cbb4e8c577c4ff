#include "lifeline/ledger/transfer_saga.hpp"

#include <utility>

namespace lifeline::ledger {

failure failure_of(lifeline::errc e) {
  switch (e) {
    case lifeline::errc::deadline_exceeded:
      return {errc::deadline_exceeded, outcome::none, "the request's deadline passed"};
    case lifeline::errc::canceled:
      return {errc::canceled, outcome::none, "the request was cancelled"};
    case lifeline::errc::overloaded:
      return {errc::overloaded, outcome::none, "a queue on the way is full"};
    case lifeline::errc::none:
    case lifeline::errc::broken_promise:
    case lifeline::errc::unreachable: break;
  }
  return {errc::store_unavailable, outcome::unknown, "the ledger did not answer"};
}

transfer_saga::orders transfer_saga::answer(orders also) {
  step_ = step::answered;
  also.answer = true;
  return also;
}

/// "Nothing happened" about an id that a client gave waits for the look-up: an earlier request may
/// have done it. Whose the transfer is needs none, and would tell a stranger of it.
transfer_saga::orders transfer_saga::refuse(failure f, orders also) {
  refused_ = std::move(f);
  if (!may_be_repeated_ || refused_->known == outcome::unknown || refused_->code == errc::forbidden)
    return answer(also);
  step_ = step::looking_up;
  also.look_up = true;
  return also;
}

transfer_saga::orders transfer_saga::start() {
  if (transfer_.from == transfer_.to)
    return refuse({errc::same_account, outcome::none,
                   "a transfer needs two accounts; both are " + transfer_.from.str()},
                  {});
  step_ = step::reserving;
  return {.reserve = true};
}

transfer_saga::orders transfer_saga::reserved(std::optional<failure> refused) {
  if (step_ != step::reserving) return {};
  if (refused) return refuse(std::move(*refused), {});
  step_ = step::accepting;
  return {.accept = true};
}

transfer_saga::orders transfer_saga::accepted(std::optional<failure> refused,
                                              lifeline::errc ended) {
  if (step_ != step::accepting) return {};
  if (refused) return refuse(std::move(*refused), {.release_from = true});
  if (ended != lifeline::errc::none) return context_ended(ended);
  step_ = step::committing;
  return {.append = true};
}

transfer_saga::orders transfer_saga::context_ended(lifeline::errc e) {
  const orders release{.release_from = true, .release_to = step_ == step::accepting};
  switch (step_) {
    case step::reserving:
    case step::accepting: return refuse(failure_of(e), release);
    case step::looking_up:
      refused_ = failure_of(e);
      refused_->known = outcome::unknown;  // of an earlier request under this id
      return answer({});
    case step::created:
    case step::committing:
    case step::answered: break;
  }
  return {};
}

transfer_saga::orders transfer_saga::journaled(const entry_verdict& v, wall_time at) {
  if (step_ != step::committing) return {};
  switch (v.what) {
    case verdict::committed:
      transfer_.status = transfer_status::posted;
      transfer_.sequence = v.sequence;
      transfer_.posted_at = at;
      return answer({});
    case verdict::duplicate:
      may_be_repeated_ = true;
      return refuse({errc::in_progress, outcome::none,
                     "transfer " + transfer_.id.str() + " exists, but can't be found"},
                    {});
    case verdict::ref_taken:
    case verdict::violated:
      return refuse({errc::internal, outcome::none,
                     "transfer " + transfer_.id.str() + " would have broken the books"},
                    {});
    case verdict::unavailable:
      return refuse({errc::store_unavailable, outcome::none, "the store could not commit"}, {});
    case verdict::overloaded:
      return refuse({errc::overloaded, outcome::none, "the journal's queue is full"}, {});
    case verdict::unknown:
      return refuse(
          {errc::store_unavailable, outcome::unknown,
           "the store could not say whether transfer " + transfer_.id.str() + " is committed"},
          {});
  }
  return {};
}

transfer_saga::orders transfer_saga::replay(transfer_record first) {
  transfer_ = std::move(first);
  refused_.reset();
  replayed_ = true;
  return answer({});
}

transfer_saga::orders transfer_saga::looked_up(const std::optional<earlier_request>& found) {
  if (step_ != step::looking_up) return {};
  if (!found) {
    if (is_refusal(refused_->code))
      refused_ = {errc::store_unavailable, outcome::unknown,
                  "the store could not be asked for transfer " + transfer_.id.str()};
    refused_->known = outcome::unknown;
    return answer({});
  }
  const auto mismatch = [&](const char* what) {
    refused_ = {errc::idempotency_mismatch, outcome::none,
                std::string("the ") + what + " was used before, for a request of other content"};
    return answer({});
  };
  if (found->key_digest && found->key_digest != key_digest_) return mismatch("idempotency key");
  if (found->by_key) return replay(*found->by_key);
  if (!found->by_id) return answer({});
  return same_content(*found->by_id, transfer_) ? replay(*found->by_id) : mismatch("id");
}

}  // namespace lifeline::ledger
