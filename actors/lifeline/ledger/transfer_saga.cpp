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
      return {errc::overloaded, outcome::none, "an internal queue is full"};
    case lifeline::errc::none:
    case lifeline::errc::broken_promise:
    case lifeline::errc::unreachable: break;
  }
  return {errc::store_unavailable, outcome::unknown, "the ledger did not answer"};
}

failure failure_of(verdict v) {
  switch (v) {
    case verdict::duplicate:
    case verdict::wrong_state:
      return {errc::in_progress, outcome::none, "the transfer is being changed by another request"};
    case verdict::committed:
    case verdict::ref_taken:
    case verdict::violated:
      return {errc::internal, outcome::none, "the transfer would break the ledger's invariants"};
    case verdict::left_out:
    case verdict::unavailable:
      return {errc::store_unavailable, outcome::none, "the store could not commit"};
    case verdict::overloaded:
      return {errc::overloaded, outcome::none, "the journal's queue is full"};
    case verdict::unknown:
      return {errc::store_unavailable, outcome::unknown,
              "the store could not confirm whether the transfer was committed"};
  }
  return {};
}

static transfer_status status_when_due(const transfer_record& t) noexcept {
  return t.two_phase ? transfer_status::pending : transfer_status::posted;
}

void begin_transfer(transfer_record& t, wall_time at) {
  t.created_at = at;
  t.status = t.execute_at ? transfer_status::scheduled : status_when_due(t);
}

std::optional<failure> unfit(const transfer_record& t) {
  if (t.from == t.to)
    return failure{errc::same_account, outcome::none,
                   "a transfer needs two accounts; both are " + t.from.str()};
  if (t.execute_at && *t.execute_at + latest_execute_at < t.created_at)
    return failure{errc::invalid_field, outcome::none, "execute_at has passed"};
  return std::nullopt;
}

transfer_saga transfer_saga::due(transfer_record scheduled) {
  transfer_saga s(std::move(scheduled), std::nullopt, false);
  s.expects_ = transfer_status::scheduled;
  s.transfer_.status = status_when_due(s.transfer_);
  return s;
}

void transfer_saga::created(wall_time at) { begin_transfer(transfer_, at); }

transfer_saga::orders transfer_saga::answer(orders also) {
  step_ = step::answered;
  also.answer = true;
  return also;
}

/// An id given by a client needs a look-up before "nothing happened": an earlier request may have
/// done it. "Belongs to another owner" needs none, and a look-up would reveal the transfer to a
/// stranger.
transfer_saga::orders transfer_saga::refuse(failure f, orders also) {
  refused_ = std::move(f);
  if (expects_ && is_rejection(refused_->code)) return reject(also);
  if (!may_be_repeated_ || refused_->known == outcome::unknown || refused_->code == errc::forbidden)
    return answer(also);
  step_ = step::looking_up;
  also.look_up = true;
  return also;
}

/// Only a refusal of the transfer itself ends a scheduled one; any other failure leaves it for
/// later. The rejected record is the scheduled one: its hold never began.
transfer_saga::orders transfer_saga::reject(orders also) {
  step_ = step::rejecting;
  transfer_.status = transfer_status::scheduled;
  transfer_.expires_at.reset();
  ending_ = {transfer_status::rejected, transfer_status::scheduled, 0,
             std::string(to_string(refused_->code))};
  also.resolve = true;
  return also;
}

transfer_saga::orders transfer_saga::rejected(const entry_verdict& v, wall_time at) {
  if (v.what != verdict::committed) {
    refused_ = failure_of(v.what);
    return answer({});
  }
  refused_.reset();
  transfer_ = after_resolution(std::move(transfer_), ending_, v.sequence, at);
  return answer({});
}

transfer_saga::orders transfer_saga::start() {
  if (auto why = expects_ ? std::nullopt : unfit(transfer_)) return refuse(std::move(*why), {});
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
      refused_->known = outcome::unknown;  // for an earlier request with this id
      return answer({});
    case step::created:
    case step::committing:
    case step::rejecting:
    case step::keeping_key:
    case step::answered: break;
  }
  return {};
}

transfer_saga::orders transfer_saga::journaled(const entry_verdict& v, wall_time at) {
  if (step_ == step::rejecting) return rejected(v, at);
  const bool duplicate = v.what == verdict::duplicate;
  if (step_ == step::keeping_key && !duplicate) {
    refused_ = failure_of(v.what);
    refused_->known = outcome::unknown;  // for the first request
    return answer({});
  }
  if (!committing()) return {};
  if (v.what == verdict::committed) {
    const auto after = expects_ ? after_execution : after_opening;
    transfer_ = after(std::move(transfer_), v.sequence, at);
    return answer({});
  }
  if (duplicate) may_be_repeated_ = true;
  return refuse(failure_of(v.what), {});
}

/// The first answer again, whatever happened to the transfer since.
transfer_saga::orders transfer_saga::replay(transfer_record first) {
  transfer_ = as_first_answered(std::move(first));
  refused_.reset();
  replayed_ = true;
  return answer({});
}

transfer_saga::orders transfer_saga::looked_up(const std::optional<earlier_request>& found) {
  if (step_ != step::looking_up) return {};
  if (!found) {
    if (is_refusal(refused_->code))
      refused_ = {errc::store_unavailable, outcome::unknown,
                  "could not look up an earlier request in the store"};
    refused_->known = outcome::unknown;
    return answer({});
  }
  const auto mismatch = [&](const char* what) {
    refused_ = {errc::idempotency_mismatch, outcome::none,
                std::string("the ") + what + " was used before, for a request with other content"};
    return answer({});
  };
  if (found->key_digest && found->key_digest != key_digest_) return mismatch("idempotency key");
  if (found->by_key) return replay(*found->by_key);
  if (!found->by_id) return answer({});
  if (!same_content(*found->by_id, transfer_)) return mismatch("id");
  // A key sent with a repeated id is used up by it, too: the store keeps it.
  if (key_digest_ && !std::exchange(key_offered_, true)) {
    step_ = step::keeping_key;
    return {.append = true};
  }
  return replay(*found->by_id);
}

}  // namespace lifeline::ledger
