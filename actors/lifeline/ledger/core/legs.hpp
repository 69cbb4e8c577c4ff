#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lifeline/ledger/batch.hpp"
#include "lifeline/ledger/core/transfer_steps.hpp"
#include "lifeline/ledger/values/error.hpp"

// What a request asks of accounts: one leg per account of each transfer.

namespace lifeline::ledger {

enum class leg_kind : std::uint8_t {
  debit,   ///< reserve the amount
  credit,  ///< count the amount as incoming
  end,     ///< the transfer's hold is about to end
};

/// One transfer's step at one of its accounts.
struct leg {
  account_id account;
  transfer_id transfer;
  leg_kind kind = leg_kind::debit;
  currency unit;
  balance_change change;  ///< of the account, once the step is committed
};

/// `may_lift`: the commit in progress may lift the refusal. Ask again once it has ended, at most
/// `most_tries` times.
struct leg_refusal {
  failure why;
  bool may_lift = false;

  friend bool operator==(const leg_refusal&, const leg_refusal&) = default;
};

inline constexpr std::size_t most_tries = 3;

/// Up to this amount, in minor units, both accounts of a new transfer are asked at once. Of a
/// larger one the payer is asked first: what can't be paid must not fill a payee's room. A node's
/// 16 processors with 4,096 requests and 16 batches of 8,190 each then take less than half of it.
inline constexpr std::int64_t most_asked_at_once = max_minor >> 23;

/// What has become of a leg.
enum class leg_state : std::uint8_t { untouched, asked, taken, refused };
/// True if the account may have reserved something for it.
constexpr bool is_held(leg_state s) noexcept {
  return s == leg_state::asked || s == leg_state::taken;
}

/// The two legs of a transfer that begins, and of one whose hold ends.
struct transfer_legs {
  leg from;
  leg to;
};
transfer_legs legs_of_opening(const transfer_record& t);
transfer_legs legs_of_end(const transfer_record& t, const resolution& r);

/// The transfer of an entry and the accounts of its legs; none for an entry without them.
struct entry_sides {
  transfer_id transfer;
  account_id from;
  account_id to;
};
std::optional<entry_sides> sides_of(const entry& e);

}  // namespace lifeline::ledger
