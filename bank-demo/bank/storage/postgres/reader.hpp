#pragma once

#include "bank/storage/postgres/session.hpp"
#include "bank/storage/rules/ledger_time.hpp"
#include "lifeline/ledger/batch.hpp"
#include "lifeline/ledger/ledger_reader.hpp"

namespace bank::storage {

/// Queries of the ledger in PostgreSQL, over a session inside the caller's transaction. Members
/// throw postgres_error.
class postgres_reader {
 public:
  using wall_time = lifeline::wall_time;
  using account_id = lifeline::ledger::account_id;
  using due_place = lifeline::ledger::due_place;
  template <class T>
  using page = lifeline::ledger::page<T>;

  explicit postgres_reader(postgres_session& s) noexcept : s_(s) {}

  std::optional<lifeline::ledger::account_record> account(account_id id);
  std::optional<lifeline::ledger::transfer_record> transfer(lifeline::ledger::transfer_id id);
  std::optional<lifeline::ledger::standing_order> order(lifeline::ledger::standing_order_id id);
  std::optional<lifeline::ledger::key_record> key(const std::string& caller,
                                                  const std::string& key);
  std::optional<lifeline::ledger::committed_batch> batch(lifeline::ledger::batch_id id);

  page<lifeline::ledger::history_row> history(account_id id, std::uint64_t before,
                                              std::size_t limit);
  std::optional<lifeline::ledger::dated_balance> balance_at(account_id id, wall_time at);
  lifeline::ledger::statement account_statement(account_id id, wall_time from, wall_time to,
                                                std::size_t limit);
  lifeline::ledger::due_list due(wall_time now, const due_place& after, std::size_t limit);
  lifeline::ledger::order_list due_orders(wall_time now, const due_place& after, std::size_t limit);
  std::vector<lifeline::ledger::committed_entry> entries(std::uint64_t after, std::size_t limit);
  lifeline::ledger::money_totals totals();
  std::uint64_t last_sequence();
  ledger_time time();

  // postgres_lists.cpp
  page<lifeline::ledger::account_record> accounts(const lifeline::ledger::account_filter& f);
  page<lifeline::ledger::transfer_record> transfers(const lifeline::ledger::transfer_filter& f);
  lifeline::ledger::ledger_secret secret();
  page<lifeline::ledger::standing_order> orders(const lifeline::ledger::order_filter& f);
  std::vector<lifeline::ledger::owner_summary> owners(const std::string& text,
                                                      const std::optional<std::string>& only,
                                                      std::size_t limit);

 private:
  /// The newest transfers of an account's history with sequences from `first` to below `end`.
  std::vector<lifeline::ledger::history_row> history(account_id id, std::uint64_t first,
                                                     std::uint64_t end, std::int64_t limit);
  /// The sequence of the first entry at or after a time; last sequence + 1 if there is none.
  std::uint64_t first_since(wall_time t);

  postgres_session& s_;
};

}  // namespace bank::storage
