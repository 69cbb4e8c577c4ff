#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "lifeline/ledger/ledger_reader.hpp"

namespace bank::storage {

/// The standing orders of the memory store. Not synchronized.
class memory_orders {
 public:
  using order = lifeline::ledger::standing_order;
  using order_id = lifeline::ledger::standing_order_id;
  using owner_of = std::function<const std::string&(const lifeline::ledger::account_id&)>;

  /// Null if there is none.
  const order* find(order_id id) const;
  /// Adds a standing order, or changes one.
  void store(const order& o);
  std::uint64_t count() const noexcept { return by_number_.size(); }

  lifeline::ledger::page<order> list(const lifeline::ledger::order_filter& filter,
                                     const owner_of& owner) const;
  lifeline::ledger::order_list due(lifeline::wall_time now,
                                   const lifeline::ledger::due_place& after,
                                   std::size_t limit) const;

 private:
  std::vector<order> by_number_;  // from 1
  std::map<order_id, std::size_t> index_;
  std::map<lifeline::ledger::due_place, std::size_t> due_;
};

}  // namespace bank::storage
