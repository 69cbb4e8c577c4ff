#include "bank/node/import/import_run.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <limits>
#include <utility>

#include "lifeline/context/bind_cancellation.hpp"

namespace bank::node {

namespace asio = boost::asio;
namespace ledger = lifeline::ledger;

namespace {

/// Varies the pauses of concurrent imports.
std::uint64_t seed_of(const import_plan& plan) {
  return plan.lanes.empty() ? 0 : ledger::hash_of(plan.lanes.front().id);
}

void add_to(std::int64_t& sum, std::int64_t minor) {
  if (__builtin_add_overflow(sum, minor, &sum)) sum = std::numeric_limits<std::int64_t>::max();
}

}  // namespace

/// `internal`, a bug of the ledger, does not go away by asking again.
bool is_final(ledger::errc e) noexcept {
  return (is_refusal(e) && e != ledger::errc::in_progress) || e == ledger::errc::internal;
}

import_run::import_run(const import_bank& bank, const import_plan& plan,
                       lifeline::duration patience, on_progress progress)
    : bank_(bank),
      plan_(plan),
      progress_(std::move(progress)),
      schedule_(plan.lanes, patience, seed_of(plan)) {}

void import_run::run(const lifeline::context& ctx) {
  ctx_ = ctx;
  const std::size_t workers = std::min(import_rows_at_once, plan_.lanes.size());
  for (std::size_t i = 0; i < workers; ++i)
    asio::co_spawn(io_, work(), [this](std::exception_ptr e) {
      if (!e) return;
      thrown_ = e;
      schedule_.stop({std::nullopt, "an exception"});
    });
  io_.run();
  if (thrown_) std::rethrow_exception(thrown_);
}

// -- workers --------------------------------------------------------------------------------------
// Nothing is awaited within a condition: GCC 12 would miscompile the coroutine.

asio::awaitable<void> import_run::work() {
  for (auto step = schedule_.take(); step; step = schedule_.take()) {
    co_await settle(*step);
    progress_(schedule_.counts().settled(), schedule_.rows());
  }
}

asio::awaitable<void> import_run::settle(books::lane_step step) {
  for (;;) {
    const trouble why = co_await ask(step);
    if (!why) co_return;
    if (ctx_.done()) schedule_.stop({std::nullopt, ctx_.cause().message()});
    const auto again = schedule_.failed(step, *why, now());
    if (!again) co_return;
    co_await pause(*again);
  }
}

asio::awaitable<import_run::trouble> import_run::ask(books::lane_step step) {
  if (step.what == books::lane_step::kind::open_account) {
    trouble t = co_await open_account(step);
    co_return t;
  }
  trouble t = co_await submit(step);
  co_return t;
}

asio::awaitable<import_run::trouble> import_run::open_account(books::lane_step step) {
  ledger::open_account m;
  m.account = account_of(plan_, step.lane, bank_.rt.time().wall_now());
  m.client_chose_id = true;
  const caf::actor shard = bank_.books.shard_of(m.account.id);
  const auto answer = co_await port_.ask<ledger::account_answer>(ctx_, shard, std::move(m));
  if (!answer) co_return to_string(answer.error());
  const auto& refused = answer->refused;
  const bool is_there =
      answer->replayed || (refused && refused->code == ledger::errc::already_exists);
  if (is_there) co_return look_for_account(step, refused ? refused->detail : std::string());
  if (refused) co_return judge(step, *refused);
  schedule_.done(step, false, now());
  co_return std::nullopt;
}

asio::awaitable<import_run::trouble> import_run::submit(books::lane_step step) {
  ledger::submit_transfer m;
  m.transfer = transfer_of(plan_, step.lane, step.transfer, bank_.rt.time().wall_now());
  m.may_be_repeated = true;
  const caf::actor processor = bank_.books.processor_of(m.transfer.id);
  const auto answer = co_await port_.ask<ledger::transfer_answer>(ctx_, processor, std::move(m));
  if (!answer) co_return to_string(answer.error());
  if (answer->refused) co_return judge(step, *answer->refused);
  count(step.lane, step.transfer);
  schedule_.done(step, answer->replayed, now());
  co_return std::nullopt;
}

asio::awaitable<void> import_run::pause(lifeline::duration d) {
  const auto scope = with_timeout(ctx_, d);
  asio::steady_timer never(io_, asio::steady_timer::time_point::max());
  boost::system::error_code ended;
  co_await never.async_wait(
      bind_cancellation(scope.ctx(), asio::redirect_error(asio::use_awaitable, ended)));
}

// -- answers --------------------------------------------------------------------------------------

import_run::trouble import_run::judge(const books::lane_step& step,
                                      const ledger::failure& refusal) {
  if (!is_final(refusal.code)) return refusal.detail;
  schedule_.refused(step, std::string(to_string(refusal.code)), refusal.detail, now());
  return std::nullopt;
}

/// The account was opened by an earlier run, or just now with a lost answer. If the id is not
/// found, another account has its reference.
import_run::trouble import_run::look_for_account(const books::lane_step& step,
                                                 const std::string& refusal) {
  const auto& lane = plan_.lanes[step.lane];
  const auto account = bank_.store.find_account(ctx_, lane.id);
  if (!account) return account.error().detail;
  if (!*account) {
    schedule_.refused(step, "already_exists", refusal, now());
    return std::nullopt;
  }
  books::settled_before before;
  bool has_rows = false;
  for (std::size_t i = 0; i < lane.transfers.size(); ++i) {
    const auto found = bank_.store.find_transfer(ctx_, lane.transfers[i].id);
    if (!found) return found.error().detail;
    before.push_back(is_row_of(plan_, step.lane, i, *found));
    has_rows = has_rows || before.back();
  }
  if (!is_account_of(plan_, step.lane, **account, has_rows)) {
    schedule_.refused(step, "already_exists", "an account with this id but other content exists",
                      now());
    return std::nullopt;
  }
  for (std::size_t i = 0; i < before.size(); ++i)
    if (before[i]) count(step.lane, i);
  schedule_.found_account(step, before, now());
  return std::nullopt;
}

void import_run::count(std::size_t lane, std::size_t transfer) {
  const auto& line = plan_.recorded.bookings[plan_.lanes[lane].transfers[transfer].booking];
  add_to(line.way == books::direction::credit ? credits_ : debits_, line.amount_minor);
}

lifeline::time_point import_run::now() const { return bank_.rt.time().now(); }

}  // namespace bank::node
