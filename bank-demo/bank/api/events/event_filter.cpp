#include "bank/api/events/event_filter.hpp"

#include "bank/api/events/node_events.hpp"
#include "lifeline/ledger/ledger_events.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

bool event_filter::wants(const lifeline::event& e) {
  // First, even if the topic is not chosen: the owner of a new account must be remembered.
  const bool visible = may_hear(e);
  return visible && holds(groups_, group_of(e));
}

bool event_filter::may_hear(const lifeline::event& e) {
  if (!needs_accounts()) return true;
  if (const auto* j = e.as<job_changed>()) return j->owner == who_->name;
  if (e.as<system_alarm>() != nullptr) return false;
  const auto* l = e.as<ledger::ledger_event>();
  if (l == nullptr) return true;
  if (const auto* t = std::get_if<ledger::transfer_record>(&l->what))
    return accounts_.contains(t->from) || accounts_.contains(t->to);
  if (const auto* terms = std::get_if<ledger::account_terms>(&l->what))
    return accounts_.contains(terms->account);
  const auto& opened = std::get<ledger::account_record>(l->what);
  if (opened.owner != who_->owner) return false;
  accounts_.insert(opened.id);
  return true;
}

}  // namespace bank::api
