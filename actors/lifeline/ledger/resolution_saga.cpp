#include "lifeline/ledger/resolution_saga.hpp"

#include <utility>

#include "lifeline/ledger/transfer_saga.hpp"

namespace lifeline::ledger {

namespace {

bool has_expired(const transfer_record& t, wall_time now) noexcept {
  return t.expires_at && *t.expires_at <= now;
}

}  // namespace

resolution_saga::resolution_saga(transfer_id id, transfer_status becomes,
                                 std::optional<std::int64_t> minor,
                                 std::optional<std::string> key_digest)
    : asked_minor_(minor), key_digest_(std::move(key_digest)) {
  transfer_.id = id;
  ending_.becomes = becomes;
}

resolution_saga resolution_saga::post(transfer_id id, std::optional<std::int64_t> minor,
                                      std::optional<std::string> key_digest) {
  return {id, transfer_status::posted, minor, std::move(key_digest)};
}

resolution_saga resolution_saga::make_void(transfer_id id, std::optional<std::string> key_digest) {
  return {id, transfer_status::voided, std::nullopt, std::move(key_digest)};
}

resolution_saga resolution_saga::expiry(transfer_record listed) {
  resolution_saga s(listed.id, transfer_status::expired, std::nullopt, std::nullopt);
  s.transfer_ = std::move(listed);
  return s;
}

resolution_saga::orders resolution_saga::start(wall_time now) {
  const bool is_known = transfer_.amount.minor != 0;
  if (is_known) return judge(now);
  step_ = step::looking_up;
  return {.look_up = true};
}

resolution_saga::orders resolution_saga::answer(orders also) {
  step_ = step::answered;
  also.answer = true;
  return also;
}

resolution_saga::orders resolution_saga::refuse(failure f, orders also) {
  refused_ = std::move(f);
  return answer(also);
}

resolution_saga::orders resolution_saga::refuse_state(const std::string& why) {
  return refuse({errc::invalid_state, outcome::none, "transfer " + transfer_.id.str() + " " + why},
                {});
}

resolution_saga::orders resolution_saga::looked_up(const std::optional<earlier_request>& found,
                                                   wall_time now) {
  if (step_ != step::looking_up && step_ != step::looking_again) return {};
  if (!found)
    return refuse({errc::store_unavailable, outcome::unknown,
                   "the store could not be read for transfer " + transfer_.id.str()},
                  {});
  if (found->key_digest && found->key_digest != key_digest_)
    return refuse({errc::idempotency_mismatch, outcome::none,
                   "the idempotency key was used before, for a request with other content"},
                  {});
  if (!found->by_id)
    return refuse({errc::not_found, outcome::none, "there is no transfer " + transfer_.id.str()},
                  {});
  transfer_ = *found->by_id;
  key_offered_ = key_offered_ || found->key_digest.has_value();
  return judge(now);
}

/// The transfer's state is known: decide whether the request is allowed.
resolution_saga::orders resolution_saga::judge(wall_time now) {
  ending_.expects = transfer_.status;
  if (ending_.becomes == transfer_status::posted)
    ending_.minor = asked_minor_.value_or(transfer_.held.value_or(transfer_.amount.minor));
  if (is_result_of(ending_, transfer_))
    return lapsed_ ? refuse_state("has expired") : done_before();
  if (!is_open(transfer_.status))
    return refuse_state("is " + std::string(to_string(transfer_.status)) + " already");
  if (step_ == step::looking_again) return refuse(failure_of(verdict::wrong_state), {});
  if (transfer_.status == transfer_status::pending) return judge_hold(now);
  if (ending_.becomes != transfer_status::voided) return refuse_state("is still scheduled");
  step_ = step::committing;
  return {.resolve = true};
}

resolution_saga::orders resolution_saga::judge_hold(wall_time now) {
  const bool expired = has_expired(transfer_, now);
  if (ending_.becomes == transfer_status::expired && !expired)
    return refuse_state("has not expired yet");
  if (ending_.becomes == transfer_status::posted) {
    if (expired) return expire();
    if (ending_.minor > transfer_.amount.minor)
      return refuse(
          {errc::amount_above_hold, outcome::none,
           "transfer " + transfer_.id.str() + " holds " + std::to_string(transfer_.amount.minor) +
               ", not " + std::to_string(ending_.minor)},
          {});
  }
  step_ = step::preparing;
  return {.prepare = true};
}

/// A transfer refused as expired stays expired, even if the clock is set back: its expiry is
/// committed first.
resolution_saga::orders resolution_saga::expire() {
  ending_ = {transfer_status::expired, transfer_status::pending, 0, {}};
  lapsed_ = true;
  step_ = step::preparing;
  return {.prepare = true};
}

/// The same resolution was applied before. The repetition's key is used up by it, too, and stored.
resolution_saga::orders resolution_saga::done_before() {
  if (key_digest_ && !std::exchange(key_offered_, true)) {
    step_ = step::keeping_key;
    return {.resolve = true};
  }
  replayed_ = true;
  return answer({});
}

resolution_saga::orders resolution_saga::releases() const noexcept {
  return {.release_from = from_ != word::refused, .release_to = to_ != word::refused};
}

resolution_saga::orders resolution_saga::prepared(const account_id& account,
                                                  std::optional<failure> refused,
                                                  lifeline::errc ended) {
  if (step_ != step::preparing) return {};
  (account == transfer_.from ? from_ : to_) = refused ? word::refused : word::ready;
  if (refused && !refused_) refused_ = std::move(refused);
  if (from_ == word::awaited || to_ == word::awaited) return {};
  if (refused_) return answer(releases());
  if (ended != lifeline::errc::none) return context_ended(ended);
  step_ = step::committing;
  return {.resolve = true};
}

resolution_saga::orders resolution_saga::context_ended(lifeline::errc e) {
  switch (step_) {
    case step::preparing: return refuse(failure_of(e), releases());
    case step::looking_up:
    case step::looking_again: {
      failure f = failure_of(e);
      f.known = outcome::unknown;  // for an earlier request
      return refuse(std::move(f), {});
    }
    case step::created:
    case step::committing:
    case step::keeping_key:
    case step::answered: break;
  }
  return {};
}

resolution_saga::orders resolution_saga::journaled(const entry_verdict& v, wall_time at) {
  if (step_ != step::committing && step_ != step::keeping_key) return {};
  if (v.what == verdict::committed) {
    transfer_ = after_resolution(std::move(transfer_), ending_, v.sequence, at);
    return lapsed_ ? refuse_state("has expired") : answer({});
  }
  if (v.what == verdict::wrong_state || v.what == verdict::duplicate) {
    key_offered_ = true;
    step_ = step::looking_again;
    return {.look_up = true};
  }
  failure f = failure_of(v.what);
  if (step_ == step::keeping_key) f.known = outcome::unknown;  // for the first request
  return refuse(std::move(f), {});
}

}  // namespace lifeline::ledger
