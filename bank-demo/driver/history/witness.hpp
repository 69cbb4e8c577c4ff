#pragma once

#include <optional>

#include "driver/history/event_checker.hpp"
#include "driver/history/history_log.hpp"
#include "driver/history/money_checker.hpp"

namespace bank::driver {

/// Records every request and every answer and passes them to the money checker, the event checker
/// and the history log for external checkers. One thread.
class witness {
 public:
  witness(money_checker money, std::optional<event_checker> events, std::optional<history_log> log)
      : money_(std::move(money)), events_(std::move(events)), log_(std::move(log)) {}

  money_checker& money() noexcept { return money_; }
  const money_checker& money() const noexcept { return money_; }
  event_checker* events() noexcept { return events_ ? &*events_ : nullptr; }
  history_log* log() noexcept { return log_ ? &*log_ : nullptr; }

  /// `f` is the operation: "transfer", "hold", "post", "void", "reverse".
  void sent(std::uint64_t process, const char* f, const planned_transfer& t);

  void posted(std::uint64_t process, const planned_transfer& t);
  void held(std::uint64_t process, const planned_transfer& t);
  void failed(std::uint64_t process, const char* f, const planned_transfer& t);
  void unknown(std::uint64_t process, const char* f, const planned_transfer& t);

  void hold_posted(std::uint64_t process, const planned_transfer& hold, std::int64_t amount);
  void hold_voided(std::uint64_t process, const planned_transfer& hold);
  void end_failed(std::uint64_t process, const char* f, const planned_transfer& hold);
  void end_unknown(std::uint64_t process, const char* f, const planned_transfer& hold);

  void reversed(std::uint64_t process, const planned_transfer& t,
                const lifeline::ledger::uuid& reversal);
  void reversal_unknown(std::uint64_t process, const planned_transfer& t);

  /// The node's answer to a question of the money checker.
  void answered(const money_checker::question& q, const std::optional<stored_transfer>& found);

 private:
  void write(std::uint64_t process, const char* type, const char* f, const planned_transfer& t);

  money_checker money_;
  std::optional<event_checker> events_;
  std::optional<history_log> log_;
};

}  // namespace bank::driver
