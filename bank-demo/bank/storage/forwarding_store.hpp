#pragma once

#include <string>

#include "lifeline/ledger/journal_store.hpp"

namespace bank::storage {

/// A store that forwards every call to another one, which outlives it: a base for stores that
/// override a few calls.
class forwarding_store : public lifeline::ledger::journal_store {
 public:
  using context = lifeline::context;
  template <class T>
  using result = lifeline::ledger::result<T>;

  explicit forwarding_store(lifeline::ledger::journal_store& real) : real_(real) {}

  result<std::uint64_t> fence(const context& c) override { return real_.fence(c); }
  lifeline::ledger::commit_result commit(const lifeline::ledger::batch& b) override {
    return real_.commit(b);
  }
  result<std::optional<lifeline::ledger::committed_batch>> find_batch(
      const context& c, const lifeline::ledger::batch& b) override {
    return real_.find_batch(c, b);
  }
  result<lifeline::wall_time> close_past(const context& c, lifeline::wall_time before,
                                         lifeline::wall_time clock) override {
    return real_.close_past(c, before, clock);
  }
  result<lifeline::wall_time> last_time(const context& c) override { return real_.last_time(c); }
  result<std::optional<lifeline::ledger::account_record>> find_account(
      const context& c, lifeline::ledger::account_id id) override {
    return real_.find_account(c, id);
  }
  result<std::optional<lifeline::ledger::transfer_record>> find_transfer(
      const context& c, lifeline::ledger::transfer_id id) override {
    return real_.find_transfer(c, id);
  }
  result<std::optional<lifeline::ledger::key_record>> find_key(const context& c,
                                                               const std::string& caller,
                                                               const std::string& key) override {
    return real_.find_key(c, caller, key);
  }
  result<std::uint64_t> forget_keys(const context& c, lifeline::wall_time before) override {
    return real_.forget_keys(c, before);
  }
  result<bool> forget_key(const context& c, const std::string& caller, const std::string& key,
                          const lifeline::ledger::uuid& object) override {
    return real_.forget_key(c, caller, key, object);
  }
  result<lifeline::ledger::ledger_secret> secret(const context& c) override {
    return real_.secret(c);
  }
  result<lifeline::ledger::page<lifeline::ledger::account_record>> list_accounts(
      const context& c, const lifeline::ledger::account_filter& f) override {
    return real_.list_accounts(c, f);
  }
  result<lifeline::ledger::page<lifeline::ledger::history_row>> history(
      const context& c, lifeline::ledger::account_id id, std::uint64_t before,
      std::size_t limit) override {
    return real_.history(c, id, before, limit);
  }
  result<lifeline::ledger::due_list> due(const context& c, lifeline::wall_time now,
                                         const lifeline::ledger::due_place& after,
                                         std::size_t limit) override {
    return real_.due(c, now, after, limit);
  }
  result<std::vector<lifeline::ledger::committed_entry>> entries(const context& c,
                                                                 std::uint64_t after,
                                                                 std::size_t limit) override {
    return real_.entries(c, after, limit);
  }
  result<lifeline::ledger::page<lifeline::ledger::transfer_record>> list_transfers(
      const context& c, const lifeline::ledger::transfer_filter& f) override {
    return real_.list_transfers(c, f);
  }
  result<std::optional<lifeline::ledger::dated_balance>> balance_at(
      const context& c, lifeline::ledger::account_id id, lifeline::wall_time at) override {
    return real_.balance_at(c, id, at);
  }
  result<lifeline::ledger::statement> account_statement(const context& c,
                                                        lifeline::ledger::account_id id,
                                                        lifeline::wall_time from,
                                                        lifeline::wall_time to,
                                                        std::size_t limit) override {
    return real_.account_statement(c, id, from, to, limit);
  }
  result<std::vector<lifeline::ledger::owner_summary>> list_owners(
      const context& c, const std::string& text, const std::optional<std::string>& only,
      std::size_t limit) override {
    return real_.list_owners(c, text, only, limit);
  }
  result<std::optional<lifeline::ledger::standing_order>> find_order(
      const context& c, lifeline::ledger::standing_order_id id) override {
    return real_.find_order(c, id);
  }
  result<lifeline::ledger::page<lifeline::ledger::standing_order>> list_orders(
      const context& c, const lifeline::ledger::order_filter& f) override {
    return real_.list_orders(c, f);
  }
  result<lifeline::ledger::order_list> due_orders(const context& c, lifeline::wall_time now,
                                                  const lifeline::ledger::due_place& after,
                                                  std::size_t limit) override {
    return real_.due_orders(c, now, after, limit);
  }
  result<lifeline::ledger::money_totals> totals(const context& c) override {
    return real_.totals(c);
  }
  result<std::uint64_t> last_sequence(const context& c) override { return real_.last_sequence(c); }
  result<std::optional<lifeline::ledger::write_obstacle>> find_obstacle(const context& c) override {
    return real_.find_obstacle(c);
  }

 private:
  lifeline::ledger::journal_store& real_;
};

}  // namespace bank::storage
