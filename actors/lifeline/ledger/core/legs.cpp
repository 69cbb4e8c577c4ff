#include "lifeline/ledger/core/legs.hpp"

namespace lifeline::ledger {

transfer_legs legs_of_opening(const transfer_record& t) {
  const transfer_changes changes = changes_of_opening(t.status, t.amount.minor);
  return {{t.from, t.id, leg_kind::debit, t.amount.unit, changes.from},
          {t.to, t.id, leg_kind::credit, t.amount.unit, changes.to}};
}

transfer_legs legs_of_end(const transfer_record& t, const resolution& r) {
  const transfer_changes changes = changes_of(r, t.amount.minor);
  return {{t.from, t.id, leg_kind::end, t.amount.unit, changes.from},
          {t.to, t.id, leg_kind::end, t.amount.unit, changes.to}};
}

std::optional<entry_sides> sides_of(const entry& e) {
  if (const auto* opens = std::get_if<transfer_entry>(&e))
    return entry_sides{opens->transfer.id, opens->transfer.from, opens->transfer.to};
  const auto* ends = std::get_if<resolve_entry>(&e);
  if (ends != nullptr && ends->from && ends->to)
    return entry_sides{ends->transfer, *ends->from, *ends->to};
  return std::nullopt;
}

}  // namespace lifeline::ledger
