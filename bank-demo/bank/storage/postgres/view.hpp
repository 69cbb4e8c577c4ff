#pragma once

#include <set>
#include <unordered_map>
#include <unordered_set>

#include "bank/storage/postgres/session.hpp"
#include "bank/storage/rules/batch_draft.hpp"

namespace bank::storage {

/// The ledger in PostgreSQL as a batch reads it. All rows that the batch may need are fetched
/// before the draft, one query per kind, so that round trips do not grow with the batch. Accounts
/// stay in memory between batches until another writer is detected.
class postgres_view final : public books_view {
 public:
  static constexpr std::size_t most_accounts = 200'000;

  /// The end of the ledger; all accounts in memory are as of this point.
  void stand_at(std::uint64_t last_sequence) noexcept { last_sequence_ = last_sequence; }
  /// Fetches. Throws postgres_error.
  void load(postgres_session& s, std::span<const lifeline::ledger::entry> entries);
  /// The draft was committed. Otherwise call `forget`.
  void keep(const batch_draft& d);
  void forget() { accounts_.clear(); }

  std::uint64_t last_sequence() const override { return last_sequence_; }
  std::uint64_t last_order() override { return last_order_; }
  drafted_account* find_account(const lifeline::ledger::account_id& id) override;
  drafted_account& add_account(drafted_account a) override;
  const lifeline::ledger::transfer_record* find_transfer(
      const lifeline::ledger::transfer_id& id) override;
  const lifeline::ledger::standing_order* find_order(
      const lifeline::ledger::standing_order_id& id) override;
  bool key_used(const lifeline::ledger::idempotency_key& k) override {
    return keys_.contains({k.caller, k.key});
  }
  bool ref_used(const text_pair& ref) override { return refs_.contains(ref); }

 private:
  /// The ids that a batch names.
  struct names {
    std::unordered_set<lifeline::ledger::account_id> accounts;
    std::unordered_set<lifeline::ledger::transfer_id> transfers;
    std::unordered_set<lifeline::ledger::standing_order_id> orders;
    std::set<text_pair> keys, refs;
    std::vector<lifeline::ledger::occur_entry> occurrences;
    bool opens_orders = false;
  };

  static names names_in(std::span<const lifeline::ledger::entry> entries);
  void load_orders(postgres_session& s, names& n);
  void load_transfers(postgres_session& s, names& n);
  void load_accounts(postgres_session& s, const names& n);

  std::uint64_t last_sequence_ = 0;
  std::uint64_t last_order_ = 0;
  std::unordered_map<lifeline::ledger::account_id, drafted_account> accounts_;
  std::unordered_map<lifeline::ledger::transfer_id, lifeline::ledger::transfer_record> transfers_;
  std::unordered_map<lifeline::ledger::standing_order_id, lifeline::ledger::standing_order> orders_;
  std::set<text_pair> keys_, refs_;
};

}  // namespace bank::storage
