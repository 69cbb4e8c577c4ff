#pragma once

#include "bank/node/store_guard.hpp"
#include "bank/storage/forwarding_store.hpp"

namespace bank::node {

/// A ledger store behind a circuit breaker: while the circuit is open, calls fail at once with
/// `store_unavailable` instead of hanging. `fence`, `find_batch` and `last_time` bypass it: a
/// journal needs them to start and to find out the outcome of a commit.
class guarded_store final : public storage::forwarding_store {
 public:
  guarded_store(lifeline::ledger::journal_store& real, const store_guard& guard)
      : forwarding_store(real), real_(real), guard_(guard) {}

  lifeline::ledger::commit_result commit(const lifeline::ledger::batch& b) override;

  result<std::optional<lifeline::ledger::account_record>> find_account(
      const context& c, lifeline::ledger::account_id id) override {
    return look(c, &journal_store::find_account, id);
  }
  result<std::optional<lifeline::ledger::transfer_record>> find_transfer(
      const context& c, lifeline::ledger::transfer_id id) override {
    return look(c, &journal_store::find_transfer, id);
  }
  result<std::optional<lifeline::ledger::key_record>> find_key(const context& c,
                                                               const std::string& caller,
                                                               const std::string& key) override {
    return look(c, &journal_store::find_key, caller, key);
  }
  result<std::optional<lifeline::ledger::standing_order>> find_order(
      const context& c, lifeline::ledger::standing_order_id id) override {
    return look(c, &journal_store::find_order, id);
  }
  result<std::uint64_t> last_sequence(const context& c) override {
    return look(c, &journal_store::last_sequence);
  }
  result<lifeline::ledger::page<lifeline::ledger::history_row>> history(
      const context& c, lifeline::ledger::account_id id, std::uint64_t before,
      std::size_t limit) override {
    return look(c, &journal_store::history, id, before, limit);
  }

  /// Waits for a running commit, which may take long.
  result<lifeline::wall_time> close_past(const context& c, lifeline::wall_time before,
                                         lifeline::wall_time clock) override {
    return search(c, &journal_store::close_past, before, clock);
  }
  result<std::uint64_t> forget_keys(const context& c, lifeline::wall_time before) override {
    return search(c, &journal_store::forget_keys, before);
  }
  result<bool> forget_key(const context& c, const std::string& caller, const std::string& key,
                          const lifeline::ledger::uuid& object) override {
    return look(c, &journal_store::forget_key, caller, key, object);
  }
  result<lifeline::ledger::page<lifeline::ledger::account_record>> list_accounts(
      const context& c, const lifeline::ledger::account_filter& f) override {
    return search(c, &journal_store::list_accounts, f);
  }
  result<lifeline::ledger::due_list> due(const context& c, lifeline::wall_time now,
                                         const lifeline::ledger::due_place& after,
                                         std::size_t limit) override {
    return search(c, &journal_store::due, now, after, limit);
  }
  result<std::vector<lifeline::ledger::committed_entry>> entries(const context& c,
                                                                 std::uint64_t after,
                                                                 std::size_t limit) override {
    return search(c, &journal_store::entries, after, limit);
  }
  result<lifeline::ledger::page<lifeline::ledger::transfer_record>> list_transfers(
      const context& c, const lifeline::ledger::transfer_filter& f) override {
    return search(c, &journal_store::list_transfers, f);
  }
  result<std::optional<lifeline::ledger::dated_balance>> balance_at(
      const context& c, lifeline::ledger::account_id id, lifeline::wall_time at) override {
    return search(c, &journal_store::balance_at, id, at);
  }
  result<lifeline::ledger::statement> account_statement(const context& c,
                                                        lifeline::ledger::account_id id,
                                                        lifeline::wall_time from,
                                                        lifeline::wall_time to,
                                                        std::size_t limit) override {
    return search(c, &journal_store::account_statement, id, from, to, limit);
  }
  result<std::vector<lifeline::ledger::owner_summary>> list_owners(
      const context& c, const std::string& text, const std::optional<std::string>& only,
      std::size_t limit) override {
    return search(c, &journal_store::list_owners, text, only, limit);
  }
  result<lifeline::ledger::page<lifeline::ledger::standing_order>> list_orders(
      const context& c, const lifeline::ledger::order_filter& f) override {
    return search(c, &journal_store::list_orders, f);
  }
  result<lifeline::ledger::order_list> due_orders(const context& c, lifeline::wall_time now,
                                                  const lifeline::ledger::due_place& after,
                                                  std::size_t limit) override {
    return search(c, &journal_store::due_orders, now, after, limit);
  }
  result<lifeline::ledger::money_totals> totals(const context& c) override {
    return search(c, &journal_store::totals);
  }

 private:
  using journal_store = lifeline::ledger::journal_store;
  using failure = lifeline::ledger::failure;
  using patience = store_guard::patience;

  /// A look-up through an index: if it is late, the store is in trouble.
  template <class T, class... P, class... A>
  result<T> look(const context& c, result<T> (journal_store::*f)(const context&, P...),
                 const A&... a) {
    return call(c, patience::short_call, f, a...);
  }
  /// A query that may read much.
  template <class T, class... P, class... A>
  result<T> search(const context& c, result<T> (journal_store::*f)(const context&, P...),
                   const A&... a) {
    return call(c, patience::may_take_long, f, a...);
  }
  template <class T, class... P, class... A>
  result<T> call(const context& c, patience p, result<T> (journal_store::*f)(const context&, P...),
                 const A&... a) {
    auto passage = guard_.enter(c, p);
    if (!passage) return circuit_open();
    result<T> answer = (real_.*f)(c, a...);
    if (answer)
      passage->succeeded();
    else if (answer.error().code == lifeline::ledger::errc::store_unavailable)
      passage->failed();
    return answer;
  }
  static failure circuit_open();

  journal_store& real_;
  const store_guard& guard_;
};

/// The cheapest question to the store, to learn whether it works.
store_guard::probe probe_of(lifeline::ledger::journal_store& store);

}  // namespace bank::node
