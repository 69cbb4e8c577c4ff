#pragma once

#include <unordered_map>

#include "bank/storage/rules/batch_draft.hpp"
#include "bank/storage/sqlite/account_cache.hpp"
#include "bank/storage/sqlite/transfer_finder.hpp"

namespace bank::storage {

/// The ledger in SQLite as a batch reads it, over the commit writer's connection and inside its
/// transaction. Each row is read when the draft asks for it: a query costs no round trip. Members
/// throw SQLite::Exception.
class sqlite_view final : public books_view {
 public:
  sqlite_view(SQLite::Database& db, sqlite_account_cache& accounts);

  /// A batch begins; `others_wrote`: another connection has written, so what is known is forgotten.
  /// Unless `careful`, the write of a new transfer finds another with its id, and the write of a
  /// key that it was used.
  void begin(std::uint64_t last_sequence, bool others_wrote, bool careful);
  /// The draft was written.
  void keep(const batch_draft& d);
  /// False if there is no open transfer before the batch.
  bool any_open() const noexcept { return any_open_; }

  std::uint64_t last_sequence() const override { return last_sequence_; }
  std::uint64_t last_order() override;
  drafted_account* find_account(const lifeline::ledger::account_id& id) override;
  drafted_account& add_account(drafted_account a) override;
  const lifeline::ledger::transfer_record* find_transfer(
      const lifeline::ledger::transfer_id& id) override;
  const lifeline::ledger::transfer_record* find_namesake(
      const lifeline::ledger::transfer_id& id) override {
    return careful_ ? find_transfer(id) : nullptr;
  }
  const lifeline::ledger::standing_order* find_order(
      const lifeline::ledger::standing_order_id& id) override;
  bool key_used(const lifeline::ledger::idempotency_key& k) override;
  bool key_taken(const lifeline::ledger::idempotency_key& k) override {
    return careful_ && key_used(k);
  }
  bool ref_used(const text_pair& owner_and_ref) override;

 private:
  sqlite_account_cache& accounts_;
  sqlite_transfer_finder finder_;
  sqlite_statement has_ended_, any_open_ones_, find_order_, last_order_, find_key_, find_ref_;
  std::uint64_t last_sequence_ = 0;
  bool careful_ = false;
  bool any_open_ = true;  ///< there may be open transfers
  using transfers =
      std::unordered_map<lifeline::ledger::transfer_id, lifeline::ledger::transfer_record>;
  transfers read_;         // by this batch
  transfers lately_open_;  // some of those that became open lately: most end soon
  std::unordered_map<lifeline::ledger::standing_order_id, lifeline::ledger::standing_order> orders_;
};

}  // namespace bank::storage
