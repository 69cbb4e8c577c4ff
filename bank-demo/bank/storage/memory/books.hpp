#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bank/storage/memory/orders.hpp"
#include "bank/storage/rules/batch_draft.hpp"
#include "bank/storage/rules/ledger_time.hpp"
#include "lifeline/ledger/batch.hpp"
#include "lifeline/ledger/core/batch_hash.hpp"
#include "lifeline/ledger/ledger_reader.hpp"

namespace bank::storage {

/// The ledger in plain containers: the model for every durable store. Not synchronized, no faults,
/// no contexts; `memory_ledger_store` adds those.
class memory_books {
 public:
  using text_pair = std::pair<std::string, std::string>;
  struct ended_transfer {
    lifeline::ledger::transfer_record transfer;
    std::int64_t from_after = 0;
    std::int64_t to_after = 0;
  };
  struct account_book {
    lifeline::ledger::account_record record;
    std::vector<std::size_t> rows;  ///< its transfers, oldest first, as indexes
  };

  std::uint64_t raise_epoch() noexcept { return ++epoch_; }
  /// Applies the whole batch, or nothing and returns `fenced` or `violated`.
  lifeline::ledger::commit_result apply(const lifeline::ledger::batch& b);

  const lifeline::ledger::committed_batch* batch(lifeline::ledger::batch_id id) const;
  /// See `ledger_reader::close_past`.
  lifeline::wall_time close_past(lifeline::wall_time before, lifeline::wall_time clock) noexcept;
  lifeline::wall_time last_time() const noexcept { return time_.last; }
  const lifeline::ledger::account_record* account(lifeline::ledger::account_id id) const;
  /// In any state.
  const lifeline::ledger::transfer_record* transfer(lifeline::ledger::transfer_id id) const;
  const lifeline::ledger::key_record* key(const text_pair& caller_and_key) const;
  std::uint64_t forget_keys(lifeline::wall_time before);
  bool forget_key(const text_pair& caller_and_key, const lifeline::ledger::uuid& object);
  const memory_orders& orders() const noexcept { return orders_; }
  bool has_ref(const text_pair& owner_and_ref) const { return refs_.contains(owner_and_ref); }

  lifeline::ledger::page<lifeline::ledger::account_record> accounts(
      const lifeline::ledger::account_filter& filter) const;
  lifeline::ledger::page<lifeline::ledger::history_row> history(lifeline::ledger::account_id id,
                                                                std::uint64_t before,
                                                                std::size_t limit) const;
  lifeline::ledger::due_list due(lifeline::wall_time now, const lifeline::ledger::due_place& after,
                                 std::size_t limit) const;
  std::vector<lifeline::ledger::committed_entry> entries(std::uint64_t after,
                                                         std::size_t limit) const;
  // memory_reports.cpp
  lifeline::ledger::page<lifeline::ledger::transfer_record> transfers(
      const lifeline::ledger::transfer_filter& filter) const;
  std::optional<lifeline::ledger::dated_balance> balance_at(lifeline::ledger::account_id id,
                                                            lifeline::wall_time at) const;
  lifeline::ledger::statement account_statement(lifeline::ledger::account_id id,
                                                lifeline::wall_time from, lifeline::wall_time to,
                                                std::size_t limit) const;
  std::vector<lifeline::ledger::owner_summary> owners(const std::string& text,
                                                      const std::optional<std::string>& only,
                                                      std::size_t limit) const;

  lifeline::ledger::page<lifeline::ledger::standing_order> list_orders(
      const lifeline::ledger::order_filter& filter) const;

  lifeline::ledger::money_totals totals() const;
  std::uint64_t last_sequence() const noexcept { return sequence_; }

 private:
  class view;
  void store(batch_draft&& d);
  void store(ended_transfer&& t);
  void store_open(const lifeline::ledger::transfer_record& t);
  void forget_open(lifeline::ledger::transfer_id id);
  bool shows(const lifeline::ledger::transfer_record& t,
             const lifeline::ledger::transfer_filter& filter) const;
  bool owned_by(const lifeline::ledger::transfer_record& t, const std::string& owner) const;

  std::uint64_t epoch_ = 0;
  std::uint64_t sequence_ = 0;
  ledger_time time_;
  lifeline::ledger::chain_hash head_ = lifeline::ledger::chain_genesis;
  lifeline::ledger::batch_hasher hasher_;
  std::map<lifeline::ledger::account_id, account_book> accounts_;
  std::vector<ended_transfer> transfers_;
  std::unordered_map<lifeline::ledger::transfer_id, std::size_t> transfer_index_;
  std::map<lifeline::ledger::transfer_id, lifeline::ledger::transfer_record> open_;
  std::map<lifeline::ledger::due_place, lifeline::ledger::transfer_id> due_;
  std::vector<lifeline::ledger::committed_entry> entries_;  // by sequence, from 1
  std::vector<lifeline::wall_time> times_;                  // of these entries
  memory_orders orders_;
  std::map<text_pair, lifeline::ledger::key_record> keys_;
  std::map<text_pair, lifeline::wall_time> key_times_;
  std::map<text_pair, lifeline::ledger::account_id> refs_;
  std::map<lifeline::ledger::batch_id, lifeline::ledger::committed_batch> batches_;
};

}  // namespace bank::storage
