#include "driver/in_process/ledger_door.hpp"

#include <boost/asio/co_spawn.hpp>

#include "lifeline/ledger/core/transfer_steps.hpp"

namespace bank::driver {

namespace {

namespace ledger = lifeline::ledger;

judged done() { return {outcome::done, {}, false}; }

judged judge_failure(const ledger::failure& f) {
  const bool refused = ledger::is_refusal(f.code);
  const bool nothing = refused || f.known == ledger::outcome::none;
  return {nothing ? outcome::nothing : outcome::unknown, std::string(ledger::to_string(f.code)),
          !refused};
}

/// The request's context ended before the ledger answered.
judged judge_end(lifeline::errc e) {
  const bool late = e == lifeline::errc::deadline_exceeded;
  return {outcome::unknown, late ? "no_answer_in_time" : std::string(lifeline::to_string(e)), true};
}

}  // namespace

/// Waits for the port's coroutines, which have an executor of another type.
template <class Answer, class Message>
task<lifeline::asked<Answer>> ledger_door::ask(caf::actor to, Message m, lifeline::duration time) {
  life_.emplace(with_timeout(p_.rt.background(), time));
  const lifeline::context ctx = life_->ctx();
  auto asking = p_.port.ask<Answer>(ctx, std::move(to), ctx, std::move(m));
  auto answer =
      co_await asio::co_spawn(p_.io, std::move(asking), asio::use_awaitable_t<executor>());
  co_return answer;
}

template <class Message>
task<judged> ledger_door::resolve(ledger::transfer_id id, Message m, lifeline::duration time) {
  caf::actor processor = p_.books.processor_of(id);
  const auto a = co_await ask<ledger::transfer_answer>(std::move(processor), std::move(m), time);
  if (!a) co_return judge_end(a.error());
  co_return a->refused ? judge_failure(*a->refused) : done();
}

ledger::transfer_record ledger_door::record_of(const planned_transfer& t, bool pending) const {
  ledger::transfer_record r;
  r.id = ledger::transfer_id(t.id);
  r.from = p_.accounts[t.from];
  r.to = p_.accounts[t.to];
  r.amount = {t.amount, p_.unit};
  r.two_phase = pending;
  return r;
}

task<judged> ledger_door::transfer(const planned_transfer& t, bool pending,
                                   lifeline::duration patience) {
  ledger::submit_transfer m;
  m.transfer = record_of(t, pending);
  m.may_be_repeated = true;
  return resolve(m.transfer.id, std::move(m), patience);
}

task<judged> ledger_door::transfer_within(const planned_transfer& t,
                                          std::chrono::milliseconds time) {
  judged j = co_await transfer(t, false, time);
  if (j.code == "no_answer_in_time") j.code = "deadline_exceeded";
  co_return j;
}

task<judged> ledger_door::end_hold(const planned_transfer& hold, std::int64_t amount) {
  const ledger::transfer_id id(hold.id);
  if (amount > 0) return resolve(id, ledger::post_transfer{id, amount, {}, {}}, p_.timeout);
  return resolve(id, ledger::void_transfer{id, {}, {}}, p_.timeout);
}

task<bank_door::reversed> ledger_door::reverse(const planned_transfer& t) {
  ledger::transfer_record posted = record_of(t, false);
  const auto reversal = ledger::reversal_of(posted, ledger::reversal_id(p_.books.ids(), posted.id));
  reversed r;
  if (!reversal) {
    r.how = judge_failure(reversal.error());
    co_return r;
  }
  r.reversal = reversal->id;
  ledger::submit_transfer m;
  m.transfer = *reversal;
  m.may_be_repeated = true;
  r.how = co_await resolve(reversal->id, std::move(m), p_.timeout);
  co_return r;
}

task<bank_door::batch_answer> ledger_door::batch(const std::vector<planned_transfer>& all,
                                                 bool atomic) {
  ledger::submit_batch m;
  m.id = ledger::uuid::derive({"batch", all.front().id.str()});
  m.atomic = atomic;
  for (const planned_transfer& t : all) {
    ledger::batch_item item;
    item.transfer = record_of(t, false);
    item.may_be_repeated = true;
    m.items.push_back(std::move(item));
  }
  caf::actor processor = p_.books.processor_of(m.id);
  const auto got =
      co_await ask<ledger::batch_answer>(std::move(processor), std::move(m), p_.timeout);
  batch_answer a;
  a.how = !got ? judge_end(got.error()) : got->refused ? judge_failure(*got->refused) : done();
  if (a.how.what == outcome::done)
    for (const ledger::batch_item& item : got->items)
      a.items.push_back(item.refused ? judge_failure(*item.refused) : done());
  co_return a;
}

task<judged> ledger_door::read_account(std::size_t account) {
  const auto found = p_.store.find_account(p_.rt.background(), p_.accounts[account]);
  co_return found ? done() : judge_failure(found.error());
}

task<judged> ledger_door::read_history(std::size_t account) {
  const auto found = p_.store.history(p_.rt.background(), p_.accounts[account], 0, 50);
  co_return found ? done() : judge_failure(found.error());
}

}  // namespace bank::driver
