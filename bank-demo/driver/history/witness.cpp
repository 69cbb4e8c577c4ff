#include "driver/history/witness.hpp"

#include <cstring>

#include "driver/clock.hpp"

namespace bank::driver {

namespace {

planned_transfer with_amount(planned_transfer t, std::int64_t amount) {
  t.amount = amount;
  return t;
}

}  // namespace

void witness::write(std::uint64_t process, const char* type, const char* f,
                    const planned_transfer& t) {
  if (log_) log_->write(process, type, f, t, now());
}

void witness::sent(std::uint64_t process, const char* f, const planned_transfer& t) {
  // Operations that end a transfer have no id of their own that an event could carry.
  const bool is_new = std::strcmp(f, "transfer") == 0 || std::strcmp(f, "hold") == 0;
  if (events_ && is_new) events_->sent(t.id, now());
  write(process, "invoke", f, t);
}

void witness::posted(std::uint64_t process, const planned_transfer& t) {
  money_.posted(t);
  if (events_) events_->acknowledged(t.id);
  write(process, "ok", "transfer", t);
}

void witness::held(std::uint64_t process, const planned_transfer& t) {
  money_.held(t);
  if (events_) events_->acknowledged(t.id);
  write(process, "ok", "hold", t);
}

void witness::failed(std::uint64_t process, const char* f, const planned_transfer& t) {
  money_.failed(t);
  if (events_) events_->failed(t.id);
  write(process, "fail", f, t);
}

void witness::unknown(std::uint64_t process, const char* f, const planned_transfer& t) {
  money_.unknown(t, std::strcmp(f, "hold") == 0);
  write(process, "info", f, t);
}

void witness::hold_posted(std::uint64_t process, const planned_transfer& hold,
                          std::int64_t amount) {
  money_.hold_posted(hold, amount);
  write(process, "ok", "post", with_amount(hold, amount));
}

void witness::hold_voided(std::uint64_t process, const planned_transfer& hold) {
  money_.hold_voided(hold);
  write(process, "ok", "void", hold);
}

void witness::end_failed(std::uint64_t process, const char* f, const planned_transfer& hold) {
  write(process, "fail", f, hold);
}

void witness::end_unknown(std::uint64_t process, const char* f, const planned_transfer& hold) {
  money_.unknown_end(hold);
  write(process, "info", f, hold);
}

void witness::reversed(std::uint64_t process, const planned_transfer& t,
                       const lifeline::ledger::uuid& reversal) {
  money_.posted({reversal, t.to, t.from, t.amount});
  write(process, "ok", "reverse", t);
}

void witness::reversal_unknown(std::uint64_t process, const planned_transfer& t) {
  money_.unknown_reversal(t);
  write(process, "info", "reverse", t);
}

void witness::answered(const money_checker::question& q,
                       const std::optional<stored_transfer>& found) {
  money_.answered(q, found);
  if (!events_ || q.what != money_checker::question::about::outcome) return;
  if (found)
    events_->acknowledged(q.transfer.id);
  else
    events_->failed(q.transfer.id);
}

}  // namespace bank::driver
