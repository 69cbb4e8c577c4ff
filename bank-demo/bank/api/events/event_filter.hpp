#pragma once

#include <unordered_set>

#include "bank/api/events/event_text.hpp"
#include "bank/api/http/request_values.hpp"
#include "lifeline/ledger/values/uuid.hpp"

namespace bank::api {

/// What one client receives: the topics it chose, restricted to what its token may see. A customer
/// sees events about its own accounts. These are set once, after the subscription began, so none is
/// missing; accounts opened later arrive as events. For one thread.
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
