#include "bank/storage/memory/orders.hpp"

#include <algorithm>

namespace bank::storage {

using namespace lifeline::ledger;
using lifeline::wall_time;

const standing_order* memory_orders::find(standing_order_id id) const {
  const auto found = index_.find(id);
  return found == index_.end() ? nullptr : &by_number_[found->second];
}

void memory_orders::store(const standing_order& o) {
  const std::size_t row = o.number - 1;
  if (row == by_number_.size()) {
    by_number_.push_back(o);
    index_.emplace(o.id, row);
  } else {
    if (const auto& due = by_number_[row].next_at) due_.erase({*due, o.id});
    by_number_[row] = o;
  }
  if (o.next_at) due_.emplace(due_place{*o.next_at, o.id}, row);
}

page<standing_order> memory_orders::list(const order_filter& filter, const owner_of& owner) const {
  page<standing_order> found;
  const std::size_t end = filter.before == 0
                              ? by_number_.size()
                              : std::min<std::size_t>(filter.before - 1, by_number_.size());
  for (std::size_t row = end; row-- != 0;) {
    const standing_order& o = by_number_[row];
    if (filter.from && o.from != *filter.from) continue;
    if (filter.owner && owner(o.from) != *filter.owner) continue;
    if (filter.status && status_of(o) != *filter.status) continue;
    found.more = found.rows.size() == filter.limit;
    if (found.more) break;
    found.rows.push_back(o);
  }
  return found;
}

order_list memory_orders::due(wall_time now, const due_place& after, std::size_t limit) const {
  order_list found;
  for (auto it = due_.upper_bound(after); it != due_.end(); ++it) {
    if (it->first.at > now || found.orders.size() == limit) {
      found.next = it->first.at;
      break;
    }
    found.orders.push_back(by_number_[it->second]);
  }
  return found;
}

}  // namespace bank::storage
