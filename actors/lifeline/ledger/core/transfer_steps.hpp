#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lifeline/ledger/core/id_deriver.hpp"
#include "lifeline/ledger/values/error.hpp"
#include "lifeline/ledger/values/records.hpp"

// A transfer's states, and the effect of each step on its two accounts, as pure functions, so that
// the account actors and the stores follow the same rules.
//
//     (absent) --> scheduled --> pending --> posted | voided | expired
//         |            |
//         |            +--> posted | voided | rejected
//         +--> pending | posted

namespace lifeline::ledger {

/// What one committed step changes on one account.
struct balance_change {
  std::int64_t posted = 0;
  std::int64_t pending_in = 0;
  std::int64_t pending_out = 0;

  bool is_nothing() const noexcept { return *this == balance_change{}; }
  friend bool operator==(const balance_change&, const balance_change&) = default;
};
struct transfer_changes {
  balance_change from;
  balance_change to;

  friend bool operator==(const transfer_changes&, const transfer_changes&) = default;
};

/// How an open transfer ends.
struct resolution {
  transfer_status becomes = transfer_status::voided;  ///< posted, voided, expired or rejected
  transfer_status expects = transfer_status::pending;
  std::int64_t minor = 0;             ///< how much is posted; the rest of the hold is released
  std::optional<std::string> reason;  ///< of a rejection

  friend bool operator==(const resolution&, const resolution&) = default;
};

/// The amount becomes posted, held or only planned.
transfer_changes changes_of_opening(transfer_status becomes, std::int64_t minor) noexcept;
/// `held`: the amount held until then.
transfer_changes changes_of(const resolution& r, std::int64_t held) noexcept;

/// The record after its first entry, which was committed at `at`: it was created then.
transfer_record after_opening(transfer_record t, std::uint64_t sequence, wall_time at);
/// The record after a scheduled transfer became what its status says. A hold begins at `at`.
transfer_record after_execution(transfer_record t, std::uint64_t sequence, wall_time at);
/// The record after its end.
transfer_record after_resolution(transfer_record t, const resolution& r, std::uint64_t sequence,
                                 wall_time at);

/// Whether this resolution was applied to the transfer before.
bool is_result_of(const resolution& r, const transfer_record& t) noexcept;

/// The id of a transfer's only reversal: the same on every node and at each repetition. `place`:
/// how many ids before it belong to other transfers.
transfer_id reversal_id(const id_deriver& ids, const transfer_id& reversed, std::size_t place = 0);
/// The same, as derived by versions without a secret; see `id_deriver`.
std::optional<transfer_id> reversal_id_without_secret(const id_deriver& ids,
                                                      const transfer_id& reversed);
/// The transfer with identifier `id` that reverses a posted one completely, from its receiver to
/// its sender. Refused (`invalid_state`) unless the transfer is posted and is not itself a
/// reversal.
result<transfer_record> reversal_of(const transfer_record& posted, const transfer_id& id);

}  // namespace lifeline::ledger
