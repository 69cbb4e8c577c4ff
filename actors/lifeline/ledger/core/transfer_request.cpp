#include "lifeline/ledger/core/transfer_request.hpp"

#include <utility>

#include "lifeline/ledger/core/refusals.hpp"

namespace lifeline::ledger {

namespace {

const std::string subject = "the transfer";

transfer_status status_when_due(const transfer_record& t) noexcept {
  return t.two_phase ? transfer_status::pending : transfer_status::posted;
}

bool has_expired(const transfer_record& t, wall_time now) noexcept {
  return t.expires_at && *t.expires_at <= now;
}

}  // namespace

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

// -- making a request -----------------------------------------------------------------------------

transfer_request transfer_request::create(transfer_record t, std::optional<idempotency_key> key,
                                          bool may_be_repeated) {
  transfer_request r(kind::create, std::move(t), std::move(key));
  r.may_be_repeated_ = may_be_repeated;
  return r;
}

transfer_request transfer_request::execute(transfer_record listed) {
  listed.status = status_when_due(listed);
  return {kind::execute, std::move(listed), std::nullopt};
}

transfer_request transfer_request::ending(transfer_record t, transfer_status becomes,
                                          std::optional<idempotency_key> key) {
  transfer_request r(kind::end, std::move(t), std::move(key));
  r.ending_.becomes = becomes;
  return r;
}

transfer_request transfer_request::post(transfer_id id, std::optional<std::int64_t> minor,
                                        std::optional<idempotency_key> key) {
  transfer_record t;
  t.id = id;
  transfer_request r = ending(std::move(t), transfer_status::posted, std::move(key));
  r.asked_minor_ = minor;
  return r;
}

transfer_request transfer_request::make_void(transfer_id id, std::optional<idempotency_key> key) {
  transfer_record t;
  t.id = id;
  return ending(std::move(t), transfer_status::voided, std::move(key));
}

transfer_request transfer_request::expire(transfer_record listed) {
  return ending(std::move(listed), transfer_status::expired, std::nullopt);
}

// -- the accounts ---------------------------------------------------------------------------------

transfer_request::actions transfer_request::start(wall_time now) {
  if (kind_ == kind::end) {
    if (transfer_.amount.minor != 0) return judge_end(now);
    step_ = step::looking_up;
    return {.look_up = true};
  }
  if (kind_ == kind::create) {
    begin_transfer(transfer_, now);
    if (auto why = unfit(transfer_)) return refuse(std::move(*why), {});
  }
  return ask();
}

transfer_legs transfer_request::legs() const {
  return kind_ == kind::end ? legs_of_end(transfer_, ending_) : legs_of_opening(transfer_);
}

transfer_request::actions transfer_request::ask() {
  step_ = step::asking;
  from_ = {leg_state::asked, {}};
  to_ = {asks_in_turn() ? leg_state::untouched : leg_state::asked, {}};
  return {.ask_from = true, .ask_to = to_.state == leg_state::asked};
}

bool transfer_request::asks_in_turn() const noexcept {
  return kind_ != kind::end && transfer_.amount.minor > most_asked_at_once;
}

transfer_request::actions transfer_request::answered(const account_id& by,
                                                     std::optional<leg_refusal> refused,
                                                     lifeline::errc ended) {
  if (step_ != step::asking) return {};
  side& s = by == transfer_.from ? from_ : to_;
  s = {refused ? leg_state::refused : leg_state::taken, std::move(refused)};
  if (from_.state == leg_state::asked || to_.state == leg_state::asked) return {};
  if (from_.state == leg_state::taken && to_.state == leg_state::untouched) {
    to_.state = leg_state::asked;
    return {.ask_to = true};
  }
  if (from_.refusal || to_.refusal) return try_later();
  if (ended != lifeline::errc::none) return context_ended(ended);
  return commit({});
}

/// A leg that its account refused holds nothing there.
transfer_request::actions transfer_request::release() {
  const actions back{.release_from = is_held(from_.state), .release_to = is_held(to_.state)};
  from_.state = to_.state = leg_state::untouched;
  return back;
}

/// Of two refusals, the final one counts; of two alike, the payer's.
transfer_request::actions transfer_request::try_later() {
  actions also = release();
  const auto is_final = [](const side& s) { return s.refusal && !s.refusal->may_lift; };
  if (!is_final(from_) && !is_final(to_) && tries_++ < most_tries) {
    step_ = step::awaiting_commit;
    also.await_commit = true;
    return also;
  }
  const bool payers = from_.refusal && (is_final(from_) || !is_final(to_));
  return refuse((payers ? from_ : to_).refusal->why, also);
}

transfer_request::actions transfer_request::commit_ended() {
  return step_ == step::awaiting_commit ? ask() : actions{};
}

transfer_request::actions transfer_request::commit(actions also) {
  step_ = step::committing;
  also.append = true;
  return also;
}

entry transfer_request::to_append() const {
  if (kind_ != kind::end && step_ != step::rejecting)
    return transfer_entry{
        transfer_, key_,
        kind_ == kind::execute ? std::optional(transfer_status::scheduled) : std::nullopt};
  // An expiry in place of a post does not use up the request's key.
  return resolve_entry{transfer_.id, ending_, lapsed_ ? std::nullopt : key_, transfer_.from,
                       transfer_.to};
}

transfer_request::actions transfer_request::context_ended(lifeline::errc e) {
  switch (step_) {
    case step::asking:
    case step::awaiting_commit: return refuse(failure_of(e), release());
    case step::looking_up:
    case step::looking_again:
      if (refused_ && refused_->code == failure_of(e).code) break;  // for which it looks up
      refused_ = failure_of(e);
      refused_->known = outcome::unknown;  // for an earlier request
      return answer({});
    case step::created:
    case step::committing:
    case step::rejecting:
    case step::keeping_key:
    case step::answered: break;
  }
  return {};
}

// -- the answer -----------------------------------------------------------------------------------

transfer_request::actions transfer_request::answer(actions also) {
  step_ = step::answered;
  also.answer = true;
  return also;
}

/// A new transfer is looked up before "nothing happened": an earlier request with its id or key may
/// have made it. "Belongs to another owner" needs none, and a look-up would reveal the transfer to
/// a stranger.
transfer_request::actions transfer_request::refuse(failure f, actions also) {
  refused_ = std::move(f);
  if (kind_ == kind::execute && is_rejection(refused_->code)) return reject(also);
  if (!may_be_repeated_ || refused_->known == outcome::unknown || refused_->code == errc::forbidden)
    return answer(also);
  step_ = step::looking_up;
  also.look_up = true;
  return also;
}

transfer_request::actions transfer_request::refuse_state(const std::string& why) {
  return refuse({errc::invalid_state, outcome::none, "transfer " + transfer_.id.str() + " " + why},
                {});
}

/// Only a refusal of the transfer itself ends a scheduled one; any other failure leaves it for
/// later. The rejected record is the scheduled one: its hold never began.
transfer_request::actions transfer_request::reject(actions also) {
  step_ = step::rejecting;
  transfer_.status = transfer_status::scheduled;
  transfer_.expires_at.reset();
  ending_ = {transfer_status::rejected, transfer_status::scheduled, 0,
             std::string(to_string(refused_->code))};
  also.append = true;
  return also;
}

/// The first answer again, whatever happened to the transfer since.
transfer_request::actions transfer_request::replay(transfer_record first) {
  transfer_ = as_first_answered(std::move(first));
  refused_.reset();
  replayed_ = true;
  return answer({});
}

/// An earlier request did it. A new key of this one is used up by it, too, and stored.
transfer_request::actions transfer_request::keep_key() {
  key_offered_ = true;
  step_ = step::keeping_key;
  return {.append = true};
}

// -- earlier requests -----------------------------------------------------------------------------

transfer_request::actions transfer_request::looked_up(const std::optional<earlier_request>& found,
                                                      wall_time now) {
  if (step_ != step::looking_up && step_ != step::looking_again) return {};
  if (!found) {
    if (!refused_ || is_refusal(refused_->code)) refused_ = not_looked_up();
    refused_->known = outcome::unknown;
    return answer({});
  }
  if (found->key_digest && (!key_ || *found->key_digest != key_->digest)) {
    refused_ = used_for_other_content("idempotency key");
    return answer({});
  }
  if (kind_ != kind::end) return judge_creation(*found);
  if (!found->by_id) {
    refused_ = {errc::not_found, outcome::none, "there is no transfer " + transfer_.id.str()};
    return answer({});
  }
  transfer_ = *found->by_id;
  key_offered_ = key_offered_ || found->key_digest.has_value();
  return judge_end(now);
}

transfer_request::actions transfer_request::judge_creation(const earlier_request& found) {
  if (found.by_key) return replay(*found.by_key);
  if (!found.by_id) return answer({});
  if (!same_content(*found.by_id, transfer_)) {
    refused_ = used_for_other_content("id");
    return answer({});
  }
  return key_is_new() ? keep_key() : replay(*found.by_id);
}

/// The transfer's state is known: decides whether it may end so.
transfer_request::actions transfer_request::judge_end(wall_time now) {
  ending_.expects = transfer_.status;
  if (ending_.becomes == transfer_status::posted)
    ending_.minor = asked_minor_.value_or(transfer_.held.value_or(transfer_.amount.minor));
  if (is_result_of(ending_, transfer_)) {
    if (lapsed_) return refuse_state("has expired");
    if (key_is_new()) return keep_key();
    refused_.reset();
    replayed_ = true;
    return answer({});
  }
  if (!is_open(transfer_.status))
    return refuse_state("is " + std::string(to_string(transfer_.status)) + " already");
  if (step_ == step::looking_again) return refuse(failure_of(verdict::wrong_state, subject), {});
  if (transfer_.status == transfer_status::pending) return judge_hold(now);
  if (ending_.becomes != transfer_status::voided) return refuse_state("is still scheduled");
  return commit({});
}

transfer_request::actions transfer_request::judge_hold(wall_time now) {
  const bool expired = has_expired(transfer_, now);
  if (ending_.becomes == transfer_status::expired && !expired)
    return refuse_state("has not expired yet");
  if (ending_.becomes != transfer_status::posted) return ask();
  if (expired) return expire_first();
  if (ending_.minor <= transfer_.amount.minor) return ask();
  return refuse(
      {errc::amount_above_hold, outcome::none,
       "transfer " + transfer_.id.str() + " holds " + std::to_string(transfer_.amount.minor) +
           ", not " + std::to_string(ending_.minor)},
      {});
}

/// A transfer refused as expired stays expired, even if the clock is set back: its expiry is
/// committed first.
transfer_request::actions transfer_request::expire_first() {
  ending_ = {transfer_status::expired, transfer_status::pending, 0, {}};
  lapsed_ = true;
  return ask();
}

// -- the journal ----------------------------------------------------------------------------------

transfer_request::actions transfer_request::journaled(const entry_verdict& v) {
  if (step_ != step::committing && step_ != step::rejecting && step_ != step::keeping_key)
    return {};
  from_ = to_ = {};  // the journal has told the accounts
  if (v.what == verdict::committed && !v.transfer) {
    refused_ = not_looked_up();
    return answer({});
  }
  if (v.what == verdict::committed) {
    transfer_ = *v.transfer;
    refused_.reset();
    return lapsed_ ? refuse_state("has expired") : answer({});
  }
  const bool lost = v.what == verdict::duplicate || v.what == verdict::wrong_state;
  if (lost && step_ != step::rejecting && kind_ != kind::execute) return lost_race(v.what);
  refused_ = failure_of(v.what, subject);
  // Of the earlier request that did it, nothing new is known.
  if (step_ == step::keeping_key) refused_->known = outcome::unknown;
  if (step_ != step::committing) return answer({});
  return refuse(std::move(*refused_), {});
}

/// Another request for the transfer, or with the key, was faster.
transfer_request::actions transfer_request::lost_race(verdict v) {
  refused_ = failure_of(v, subject);
  if (kind_ == kind::end) key_offered_ = true;
  step_ = kind_ == kind::end ? step::looking_again : step::looking_up;
  return {.look_up = true};
}

}  // namespace lifeline::ledger
