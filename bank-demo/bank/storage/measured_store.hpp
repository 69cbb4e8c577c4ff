#pragma once

#include <array>
#include <string_view>

#include "bank/storage/forwarding_store.hpp"
#include "lifeline/observe/metrics.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::storage {

/// A ledger store that counts and times every call, and makes a span of it if the trace of its
/// context is kept. A look-up that finds nothing is not a failure.
class measured_store : public forwarding_store {
 public:
  /// All of them outlive the store.
  measured_store(lifeline::ledger::journal_store& real, lifeline::metrics& to,
                 lifeline::clock& time);

  result<std::uint64_t> fence(const context& c) override;
  lifeline::ledger::commit_result commit(const lifeline::ledger::batch& b) override;
  result<std::optional<lifeline::ledger::committed_batch>> find_batch(
      const context& c, const lifeline::ledger::batch& b) override;
  result<lifeline::wall_time> close_past(const context& c, lifeline::wall_time before,
                                         lifeline::wall_time clock) override;
  result<lifeline::wall_time> last_time(const context& c) override;
  result<std::optional<lifeline::ledger::account_record>> find_account(
      const context& c, lifeline::ledger::account_id id) override;
  result<std::optional<lifeline::ledger::transfer_record>> find_transfer(
      const context& c, lifeline::ledger::transfer_id id) override;
  result<std::optional<lifeline::ledger::key_record>> find_key(const context& c,
                                                               const std::string& caller,
                                                               const std::string& key) override;
  result<std::uint64_t> forget_keys(const context& c, lifeline::wall_time before) override;
  result<bool> forget_key(const context& c, const std::string& caller, const std::string& key,
                          const lifeline::ledger::uuid& object) override;
  result<lifeline::ledger::page<lifeline::ledger::account_record>> list_accounts(
      const context& c, const lifeline::ledger::account_filter& f) override;
  result<lifeline::ledger::page<lifeline::ledger::history_row>> history(
      const context& c, lifeline::ledger::account_id id, std::uint64_t before,
      std::size_t limit) override;
  result<lifeline::ledger::due_list> due(const context& c, lifeline::wall_time now,
                                         const lifeline::ledger::due_place& after,
                                         std::size_t limit) override;
  result<std::vector<lifeline::ledger::committed_entry>> entries(const context& c,
                                                                 std::uint64_t after,
                                                                 std::size_t limit) override;
  result<lifeline::ledger::page<lifeline::ledger::transfer_record>> list_transfers(
      const context& c, const lifeline::ledger::transfer_filter& f) override;
  result<std::optional<lifeline::ledger::dated_balance>> balance_at(
      const context& c, lifeline::ledger::account_id id, lifeline::wall_time at) override;
  result<lifeline::ledger::statement> account_statement(const context& c,
                                                        lifeline::ledger::account_id id,
                                                        lifeline::wall_time from,
                                                        lifeline::wall_time to,
                                                        std::size_t limit) override;
  result<std::vector<lifeline::ledger::owner_summary>> list_owners(
      const context& c, const std::string& text, const std::optional<std::string>& only,
      std::size_t limit) override;
  result<std::optional<lifeline::ledger::standing_order>> find_order(
      const context& c, lifeline::ledger::standing_order_id id) override;
  result<lifeline::ledger::page<lifeline::ledger::standing_order>> list_orders(
      const context& c, const lifeline::ledger::order_filter& f) override;
  result<lifeline::ledger::order_list> due_orders(const context& c, lifeline::wall_time now,
                                                  const lifeline::ledger::due_place& after,
                                                  std::size_t limit) override;
  result<lifeline::ledger::money_totals> totals(const context& c) override;
  result<std::uint64_t> last_sequence(const context& c) override;

 private:
  enum class call : std::uint8_t {
    fence,
    commit,
    find_batch,
    close_past,
    last_time,
    find_account,
    find_transfer,
    find_key,
    forget_keys,
    forget_key,
    list_accounts,
    history,
    due,
    entries,
    list_transfers,
    balance_at,
    account_statement,
    list_owners,
    find_order,
    list_orders,
    due_orders,
    totals,
    last_sequence,
  };
  static constexpr std::size_t call_count = static_cast<std::size_t>(call::last_sequence) + 1;
  struct call_meter {
    lifeline::histogram* took = nullptr;
    lifeline::counter* answered = nullptr;
    lifeline::counter* ended = nullptr;  ///< its context ended
    lifeline::counter* failed = nullptr;
  };
  static std::string_view name_of(call c) noexcept;
  static std::string_view table_of(call c) noexcept;

  template <class F>
  auto measured(call which, const context& c, F f);

  lifeline::clock& time_;
  std::array<call_meter, call_count> meters_;
};

}  // namespace bank::storage
