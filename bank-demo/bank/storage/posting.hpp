#pragma once

#include <optional>
#include <span>

#include "lifeline/ledger/ledger_store.hpp"

/// The rules of the books that every store applies, as pure functions: no I/O, no clock.
namespace bank::storage {

/// What posting needs to know of an account, and changes.
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

/// A new account is empty and not a world account: those are the store's own.
bool may_open(const lifeline::ledger::account_record& a) noexcept;

/// The world account of a currency as it is first stored.
lifeline::ledger::account_record new_world(lifeline::ledger::currency unit, lifeline::wall_time at);

/// An amount from 1 up, between two accounts, to become posted, pending or scheduled.
bool may_begin(const lifeline::ledger::transfer_record& t) noexcept;
/// Are these the transfers that a group says follow it: all new and without keys of their own?
bool is_group(const lifeline::ledger::group_entry& g,
              std::span<const lifeline::ledger::entry> members) noexcept;
/// From the `first` on; where an atomic group's are not, one of its identifiers was in it twice.
bool all_committed(const std::vector<lifeline::ledger::entry_result>& results,
                   std::size_t first) noexcept;
/// An amount from 1 up, between two accounts that are in its currency, at least once.
bool may_stand(const lifeline::ledger::standing_order& o, lifeline::ledger::currency from,
               lifeline::ledger::currency to) noexcept;
/// An end that an open transfer can have, with an amount from 1 up to what it holds.
bool may_end(const lifeline::ledger::transfer_record& t,
             const lifeline::ledger::resolution& r) noexcept;

/// Is the account as the entry expects it, and may it be changed so?
bool may_change(const account_face& a, const lifeline::ledger::change_entry& e) noexcept;
/// Makes the change; the version grows by one.
void change(account_face& a, const lifeline::ledger::account_change& c) noexcept;
/// How the ledger's entry of such a change is called.
std::string_view name_of(const lifeline::ledger::account_change& c) noexcept;

/// A closed account begins no transfer, not even a scheduled one.
bool may_take_transfers(const account_face& from, const account_face& to) noexcept;

/// Changes both sides; the version of each grows by one if anything changes. False if a rule would
/// be broken (another currency, money of a closed account, funds below the limit or out of range, a
/// hold below zero): then both are as they were.
bool apply(account_face& from, account_face& to, lifeline::ledger::currency unit,
           const lifeline::ledger::transfer_changes& changes) noexcept;

/// The context's end as the failure of a read; nothing while it lives.
std::optional<lifeline::ledger::failure> ended(const lifeline::context& ctx);

}  // namespace bank::storage
