#pragma once

#include <unordered_set>

#include "bank/api/events/event_text.hpp"
#include "bank/api/http/request_values.hpp"
#include "lifeline/ledger/uuid.hpp"

namespace bank::api {

/// What one client hears: the groups it has chosen, and of these what its token lets it see. A
/// customer sees what is about its own accounts. These are given once, after the subscription has
/// begun, so that none is left out; those opened since it hears of itself. For one thread.
class event_filter {
 public:
  event_filter(caller_ptr who, event_groups groups) : who_(std::move(who)), groups_(groups) {}

  bool needs_accounts() const noexcept { return who_->role == storage::role::customer; }
  void owns(const lifeline::ledger::account_id& id) { accounts_.insert(id); }

  bool wants(const lifeline::event& e);

 private:
  struct hash {
    std::size_t operator()(const lifeline::ledger::account_id& id) const noexcept {
      return hash_of(id);
    }
  };
  bool may_hear(const lifeline::event& e);

  caller_ptr who_;
  event_groups groups_;
  std::unordered_set<lifeline::ledger::account_id, hash> accounts_;
};

}  // namespace bank::api
