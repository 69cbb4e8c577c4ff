#include "driver/load/bank_client.hpp"

namespace bank::driver {

// GCC 12 destroys some temporaries of a coroutine's full expressions twice: arguments that own
// memory are named variables.

bank_client::bank_client(load_ground& ground) : ground_(ground), door_(ground.make_door()) {}

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
    case operation::balance: return door_->read_account(r.transfer.from);
    case operation::history: break;
  }
  return door_->read_history(r.transfer.from);
}

/// Records the outcome of a new transfer or hold.
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
  ground_.sees.sent(process_, "transfer", t);
  const judged j = co_await door_->transfer(t, false, ground_.timing.timeout);
  tell(j, "transfer", t);
  co_return j;
}

/// Sent twice with one id, as after a lost answer: it must count at most once.
task<judged> bank_client::repeat(const planned_transfer& t) {
  ground_.sees.sent(process_, "transfer", t);
  const judged first = co_await door_->transfer(t, false, ground_.timing.timeout);
  const judged second = co_await door_->transfer(t, false, ground_.timing.timeout);
  const judged both = judge_repeated(first, second);
  tell(both, "transfer", t);
  co_return both;
}

task<judged> bank_client::within_deadline(const planned_transfer& t) {
  ground_.sees.sent(process_, "transfer", t);
  judged j = co_await door_->transfer_within(t, ground_.timing.short_deadline);
  tell(j, "transfer", t);
  // A missed deadline is the purpose of this operation.
  if (j.code == "deadline_exceeded") j.is_error = false;
  co_return j;
}

task<judged> bank_client::hang_up_midway(const planned_transfer& t) {
  ground_.sees.sent(process_, "transfer", t);
  judged j = co_await door_->transfer(t, false, ground_.timing.hang_up_after);
  tell(j, "transfer", t);
  if (j.code != "no_answer_in_time") co_return j;
  j.code = "hung_up";
  j.is_error = false;
  co_return j;
}

/// A hold, then its end: posted with this amount, or voided if it is 0.
task<judged> bank_client::hold_and_end(const planned_transfer& t, std::int64_t post_amount) {
  ground_.sees.sent(process_, "hold", t);
  judged j = co_await door_->transfer(t, true, ground_.timing.timeout);
  tell(j, "hold", t);
  if (j.what == outcome::done) j = co_await end_hold(t, post_amount);
  co_return j;
}

task<judged> bank_client::end_hold(const planned_transfer& t, std::int64_t post_amount) {
  const bool posts = post_amount > 0;
  const char* f = posts ? "post" : "void";
  ground_.sees.sent(process_, f, t);
  const judged j = co_await door_->end_hold(t, post_amount);
  if (j.what == outcome::done && posts) ground_.sees.hold_posted(process_, t, post_amount);
  if (j.what == outcome::done && !posts) ground_.sees.hold_voided(process_, t);
  if (j.what == outcome::nothing) ground_.sees.end_failed(process_, f, t);
  if (j.what == outcome::unknown) ground_.sees.end_unknown(process_, f, t);
  co_return j;
}

task<judged> bank_client::transfer_and_reverse(const planned_transfer& t) {
  const judged first = co_await transfer(t);
  if (first.what != outcome::done) co_return first;
  ground_.sees.sent(process_, "reverse", t);
  const bank_door::reversed r = co_await door_->reverse(t);
  switch (r.how.what) {
    case outcome::done:
      ++acknowledged_;
      ground_.sees.reversed(process_, t, r.reversal);
      break;
    case outcome::nothing: ground_.sees.end_failed(process_, "reverse", t); break;
    case outcome::unknown: ground_.sees.reversal_unknown(process_, t); break;
  }
  co_return r.how;
}

task<judged> bank_client::batch(const std::vector<planned_transfer>& all) {
  for (const planned_transfer& t : all) ground_.sees.sent(process_, "transfer", t);
  const bank_door::batch_answer a = co_await door_->batch(all, ground_.batch.atomic);
  // An answer without an item for each transfer counts for none.
  const judged otherwise = a.how.what == outcome::done ? judged{} : a.how;
  const bool has_all_items = a.items.size() == all.size();
  for (std::size_t i = 0; i < all.size(); ++i)
    tell(has_all_items ? a.items[i] : otherwise, "transfer", all[i]);
  co_return a.how;
}

}  // namespace bank::driver
