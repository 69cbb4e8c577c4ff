#include "driver/load/http_door.hpp"

namespace bank::driver {

namespace {

constexpr std::size_t rows_of_history = 50;

/// The id at the start of a transfer's JSON: {"id":"…
std::optional<lifeline::ledger::uuid> id_in(std::string_view body) {
  constexpr std::string_view before = R"("id":")";
  const std::size_t at = body.find(before);
  if (at == std::string_view::npos) return std::nullopt;
  return lifeline::ledger::uuid::parse(body.substr(at + before.size(), 36));
}

}  // namespace

http_door::http_door(const place& p)
    : write_(p.write), timeout_(p.timeout), connection_(p.write.node().connect(&p.counted)) {}

task<judged> http_door::send(lifeline::duration limit) {
  const exchanged e = co_await connection_.exchange(request_, limit);
  body_ = e.error ? std::string_view() : e.answer.body;
  co_return e.error ? judge_silence(e.was_sent, e.timed_out)
                    : judge_answer(e.answer.status, e.answer.body);
}

task<judged> http_door::transfer(const planned_transfer& t, bool pending,
                                 lifeline::duration patience) {
  write_.transfer(t, pending, request_);
  return send(patience);
}

task<judged> http_door::transfer_within(const planned_transfer& t, std::chrono::milliseconds time) {
  write_.transfer_within(t, time.count(), request_);
  return send();
}

task<judged> http_door::end_hold(const planned_transfer& hold, std::int64_t amount) {
  if (amount > 0)
    write_.post_hold(hold, amount, request_);
  else
    write_.void_hold(hold, request_);
  return send();
}

task<bank_door::reversed> http_door::reverse(const planned_transfer& t) {
  write_.reverse(t, request_);
  reversed r;
  r.how = co_await send();
  const auto id = r.how.what == outcome::done ? id_in(body_) : std::nullopt;
  if (id) r.reversal = *id;
  if (r.how.what == outcome::done && !id) r.how.what = outcome::unknown;
  co_return r;
}

task<bank_door::batch_answer> http_door::batch(const std::vector<planned_transfer>& all,
                                               bool atomic) {
  write_.batch(all, atomic, request_);
  batch_answer a;
  a.how = co_await send();
  if (a.how.what == outcome::done) a.items = judge_batch(body_);
  co_return a;
}

task<judged> http_door::read_account(std::size_t account) {
  write_.read_account(account, request_);
  return send();
}

task<judged> http_door::read_history(std::size_t account) {
  write_.read_history(account, rows_of_history, request_);
  return send();
}

}  // namespace bank::driver
