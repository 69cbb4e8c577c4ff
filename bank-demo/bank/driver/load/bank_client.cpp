#include "bank/driver/load/bank_client.hpp"

namespace bank::driver {

namespace {

lifeline::time_point now() { return lifeline::process_clock().now(); }

/// The id that a transfer's view begins with: {"id":"…
std::optional<lifeline::ledger::uuid> id_in(std::string_view body) {
  constexpr std::string_view before = R"("id":")";
  const std::size_t at = body.find(before);
  if (at == std::string_view::npos) return std::nullopt;
  return lifeline::ledger::uuid::parse(body.substr(at + before.size(), 36));
}

}  // namespace

// GCC 12 destroys some temporaries of a coroutine's full expressions twice: what owns memory has a
// name before it is awaited with.

bank_client::bank_client(load_ground& ground)
    : ground_(ground), connection_(ground.io, ground.node, ground.counted) {}

task<bool> bank_client::perform(const planned_request& r, lifeline::time_point intended) {
  process_ = ground_.next_process++;
  acknowledged_ = 0;
  const auto sent = now();
  const judged j = co_await dispatch(r);
  const auto done = now();
  ground_.record({r.what, done - intended, done - sent, j.code, j.is_error, acknowledged_});
  co_return !(j.is_error && (j.code == "no_connection" || j.code == "connection_lost"));
}

task<judged> bank_client::dispatch(const planned_request& r) {
  switch (r.what) {
    case operation::transfer: return transfer(r.transfer);
    case operation::batch: return batch(r.all);
    case operation::pending_then_post: return hold_and_end(r.transfer, r.post_amount);
    case operation::pending_then_void: return hold_and_end(r.transfer, 0);
    case operation::reverse: return transfer_and_reverse(r.transfer);
    case operation::repeat: return repeat(r.transfer);
    case operation::short_deadline: return within_deadline(r.transfer);
    case operation::cancel_midway: return hang_up_midway(r.transfer);
    case operation::balance:
    case operation::history: return read(r);
  }
  return read(r);
}

task<judged> bank_client::send(lifeline::duration limit) {
  const exchanged e = co_await connection_.exchange(request_, limit);
  body_ = e.error ? std::string_view() : e.answer.body;
  co_return e.error ? judge_silence(e.was_sent, e.timed_out)
                    : judge_answer(e.answer.status, e.answer.body);
}

/// What became of a new transfer or hold.
void bank_client::tell(const judged& j, const char* f, const planned_transfer& t) {
  const bool is_hold = f[0] == 'h';
  switch (j.what) {
    case outcome::done:
      ++acknowledged_;
      if (is_hold) return ground_.sees.held(process_, t);
      return ground_.sees.posted(process_, t);
    case outcome::nothing: return ground_.sees.failed(process_, f, t);
    case outcome::unknown: return ground_.sees.unknown(process_, f, t);
  }
}

task<judged> bank_client::transfer(const planned_transfer& t) {
  ground_.write.transfer(t, false, request_);
  ground_.sees.sent(process_, "transfer", t);
  const judged j = co_await send();
  tell(j, "transfer", t);
  co_return j;
}

/// Twice under one id, as a client does that heard nothing: it may count once at most.
task<judged> bank_client::repeat(const planned_transfer& t) {
  ground_.write.transfer(t, false, request_);
  ground_.sees.sent(process_, "transfer", t);
  const judged first = co_await send();
  judged second = co_await send();
  // What the first did stands, whatever became of the second. A refusal of the second says that
  // the first did nothing: the node looks the id up before it refuses.
  if (first.what == outcome::done) second.what = outcome::done;
  tell(second, "transfer", t);
  co_return second;
}

task<judged> bank_client::within_deadline(const planned_transfer& t) {
  ground_.write.transfer_within(t, ground_.timing.short_deadline.count(), request_);
  ground_.sees.sent(process_, "transfer", t);
  judged j = co_await send();
  tell(j, "transfer", t);
  // That it came too late is what was asked for.
  if (j.code == "deadline_exceeded") j.is_error = false;
  co_return j;
}

task<judged> bank_client::hang_up_midway(const planned_transfer& t) {
  ground_.write.transfer(t, false, request_);
  ground_.sees.sent(process_, "transfer", t);
  judged j = co_await send(ground_.timing.hang_up_after);
  tell(j, "transfer", t);
  if (j.code != "no_answer_in_time") co_return j;
  j.code = "hung_up";
  j.is_error = false;
  co_return j;
}

/// A hold, then its end: posted with so much, or voided if that is 0.
task<judged> bank_client::hold_and_end(const planned_transfer& t, std::int64_t post_amount) {
  ground_.write.transfer(t, true, request_);
  ground_.sees.sent(process_, "hold", t);
  judged j = co_await send();
  tell(j, "hold", t);
  if (j.what == outcome::done) j = co_await end_hold(t, post_amount);
  co_return j;
}

task<judged> bank_client::end_hold(const planned_transfer& t, std::int64_t post_amount) {
  const char* f = post_amount > 0 ? "post" : "void";
  if (post_amount > 0)
    ground_.write.post_hold(t, post_amount, request_);
  else
    ground_.write.void_hold(t, request_);
  ground_.sees.sent(process_, f, t);
  const judged j = co_await send();
  if (j.what == outcome::done && post_amount > 0)
    ground_.sees.hold_posted(process_, t, post_amount);
  if (j.what == outcome::done && post_amount == 0) ground_.sees.hold_voided(process_, t);
  if (j.what == outcome::nothing) ground_.sees.end_failed(process_, f, t);
  if (j.what == outcome::unknown) ground_.sees.end_unknown(process_, f, t);
  co_return j;
}

task<judged> bank_client::transfer_and_reverse(const planned_transfer& t) {
  judged j = co_await transfer(t);
  if (j.what != outcome::done) co_return j;
  ground_.write.reverse(t, request_);
  ground_.sees.sent(process_, "reverse", t);
  j = co_await send();
  const auto reversal = j.what == outcome::done ? id_in(body_) : std::nullopt;
  if (reversal) {
    ++acknowledged_;
    ground_.sees.reversed(process_, t, *reversal);
  } else if (j.what == outcome::nothing) {
    ground_.sees.end_failed(process_, "reverse", t);
  } else {
    ground_.sees.reversal_unknown(process_, t);
  }
  co_return j;
}

task<judged> bank_client::batch(const std::vector<planned_transfer>& all) {
  ground_.write.batch(all, ground_.batch.atomic, request_);
  for (const planned_transfer& t : all) ground_.sees.sent(process_, "transfer", t);
  const judged j = co_await send();
  const auto items = j.what == outcome::done ? judge_batch(body_) : std::vector<judged>();
  for (std::size_t i = 0; i < all.size(); ++i)
    tell(i < items.size() ? items[i] : j.what == outcome::done ? judged{} : j, "transfer", all[i]);
  co_return j;
}

task<judged> bank_client::read(const planned_request& r) {
  if (r.what == operation::balance)
    ground_.write.read_account(r.transfer.from, request_);
  else
    ground_.write.read_history(r.transfer.from, 50, {}, request_);
  const judged j = co_await send();
  co_return j;
}

}  // namespace bank::driver
