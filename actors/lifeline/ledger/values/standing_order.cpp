#include "lifeline/ledger/values/standing_order.hpp"

#include <utility>

namespace lifeline::ledger {

std::string_view to_string(order_status s) noexcept {
  switch (s) {
    case order_status::active: return "active";
    case order_status::ended: return "ended";
    case order_status::deleted: return "deleted";
  }
  return "unknown";
}

std::optional<order_status> parse_order_status(std::string_view text) noexcept {
  for (const auto s : {order_status::active, order_status::ended, order_status::deleted})
    if (to_string(s) == text) return s;
  return std::nullopt;
}

order_status status_of(const standing_order& o) noexcept {
  if (o.deleted_at) return order_status::deleted;
  return o.next_at ? order_status::active : order_status::ended;
}

transfer_id occurrence_id(const standing_order& o, wall_time due) {
  return transfer_id(uuid::derive({"standing order", o.id.str(), o.seed.str(),
                                   std::to_string(due.time_since_epoch().count())}));
}

transfer_record next_occurrence(const standing_order& o) {
  transfer_record t;
  t.id = occurrence_id(o, *o.next_at);
  t.from = o.from;
  t.to = o.to;
  t.amount = o.amount;
  t.kind = "standing_order";
  t.memo = o.memo;
  t.metadata = R"({"standing_order":")" + o.id.str() + "\"}";
  t.execute_at = o.next_at;
  t.status = transfer_status::scheduled;
  return t;
}

standing_order as_opened(standing_order o, std::uint64_t number, wall_time at) {
  o.created_at = at;
  o.made = 0;
  o.next_at = o.schedule.at(0);
  o.deleted_at.reset();
  o.number = number;
  return o;
}

standing_order after_occurrence(standing_order o) {
  o.next_at = o.schedule.at(++o.made);
  return o;
}

standing_order after_deletion(standing_order o, wall_time now) {
  o.next_at.reset();
  o.deleted_at = now;
  return o;
}

standing_order as_first_answered(standing_order o) {
  const std::uint64_t number = o.number;
  const wall_time at = o.created_at;
  return as_opened(std::move(o), number, at);
}

bool same_content(const standing_order& a, const standing_order& b) {
  return a.from == b.from && a.to == b.to && a.amount == b.amount && a.memo == b.memo &&
         a.schedule == b.schedule;
}

}  // namespace lifeline::ledger
