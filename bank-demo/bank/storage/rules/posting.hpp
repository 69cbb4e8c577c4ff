#pragma once

#include <optional>
#include <span>

#include "lifeline/ledger/batch.hpp"

/// The ledger's rules that every store applies, as pure functions: no I/O, no clock.
namespace bank::storage {

/// The parts of an account that posting reads and changes.
struct account_face {
  lifeline::ledger::account_type type = lifeline::ledger::account_type::checking;
  lifeline::ledger::currency unit;
  std::int64_t overdraft_limit = 0;
  std::int64_t posted = 0;
  std::int64_t pending_in = 0;
  std::int64_t pending_out = 0;
  std::uint64_t version = 1;
  lifeline::ledger::account_status status = lifeline::ledger::account_status::open;
};

account_face face_of(const lifeline::ledger::account_record& a) noexcept;
/// Sets the parts of the record that posting changes.
void show(lifeline::ledger::account_record& a, const account_face& face) noexcept;

/// A new account must be empty and not a world account, which only the store creates.
bool may_open(const lifeline::ledger::account_record& a) noexcept;

/// A new world account of a currency.
lifeline::ledger::account_record new_world(lifeline::ledger::currency unit, lifeline::wall_time at);

/// A new transfer: an amount of at least 1 between two accounts, to be posted, pending or
/// scheduled.
bool may_begin(const lifeline::ledger::transfer_record& t) noexcept;
/// Are these the transfers of the group: all new and without keys of their own?
bool is_group(const lifeline::ledger::group_entry& g,
              std::span<const lifeline::ledger::entry> members) noexcept;
/// Checks transfers from `first` on; in an atomic group a failure means a duplicate id.
bool all_committed(const std::vector<lifeline::ledger::entry_result>& results,
                   std::size_t first) noexcept;
/// A standing order: an amount of at least 1 between two accounts of its currency, at least one
/// time.
bool may_stand(const lifeline::ledger::standing_order& o, lifeline::ledger::currency from,
               lifeline::ledger::currency to) noexcept;
/// A valid end of an open transfer, with an amount from 1 to the held amount.
bool may_end(const lifeline::ledger::transfer_record& t,
             const lifeline::ledger::resolution& r) noexcept;

/// Is the account in the state that the entry expects, and is the change allowed?
bool may_change(const account_face& a, const lifeline::ledger::change_entry& e) noexcept;
/// Applies the change; increments the version.
void change(account_face& a, const lifeline::ledger::account_change& c) noexcept;
/// The name of the ledger's entry for such a change.
std::string_view name_of(const lifeline::ledger::account_change& c) noexcept;

/// A closed account starts no transfer, not even a scheduled one.
bool may_take_transfers(const account_face& from, const account_face& to) noexcept;

/// Changes both sides and increments the version of each changed one. False if a rule would be
/// broken (another currency, money of a closed account, funds below the limit or out of range, a
/// hold below zero); nothing is changed then.
bool apply(account_face& from, account_face& to, lifeline::ledger::currency unit,
           const lifeline::ledger::transfer_changes& changes) noexcept;

/// The failure of a read whose context has ended; empty if it has not.
std::optional<lifeline::ledger::failure> ended(const lifeline::context& ctx);

}  // namespace bank::storage
