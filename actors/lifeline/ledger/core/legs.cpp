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

}  // namespace lifeline::ledger
