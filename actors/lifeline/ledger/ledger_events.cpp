#include "lifeline/ledger/ledger_events.hpp"

#include <utility>

namespace lifeline::ledger {

namespace {

constexpr std::size_t read_at_once = 1'000;

entry_kind kind_of(transfer_status s) noexcept {
  switch (s) {
    case transfer_status::scheduled: return entry_kind::scheduled;
    case transfer_status::pending: return entry_kind::pending;
    case transfer_status::posted: return entry_kind::posted;
    case transfer_status::voided: return entry_kind::voided;
    case transfer_status::expired: return entry_kind::expired;
    case transfer_status::rejected: return entry_kind::rejected;
  }
  return entry_kind::posted;
}

/// The account's terms after the entry: unchanged terms stay as expected.
account_terms terms_after(const change_entry& e) {
  return {e.account, e.change.status.value_or(e.expected_status),
          e.change.overdraft_limit.value_or(e.expected_limit)};
}

/// The record as the entry left it, restored from its present state.
transfer_record as_left_by(const committed_entry& e, transfer_record t) {
  if (t.sequence == e.sequence) return t;
  if (e.kind == entry_kind::scheduled) return as_first_answered(std::move(t));
  // A hold: it ended only later.
  t.amount.minor = t.held.value_or(t.amount.minor);
  t.status = transfer_status::pending;
  t.sequence = e.sequence;
  t.reason.reset();
  t.posted_at.reset();
  return t;
}

failure missing(const committed_entry& e) {
  return {errc::internal, outcome::none,
          "entry " + std::to_string(e.sequence) + " is about " + e.object.str() +
              ", which is not in the store"};
}

result<ledger_event> event_in_store(ledger_reader& store, const context& ctx,
                                    const committed_entry& e) {
  if (!e.terms) {
    auto found = store.find_transfer(ctx, transfer_id(e.object));
    if (!found) return found.error();
    if (!*found) return missing(e);
    return ledger_event{e.sequence, e.kind, as_left_by(e, std::move(**found))};
  }
  if (e.kind == entry_kind::account_changed) return ledger_event{e.sequence, e.kind, *e.terms};
  auto found = store.find_account(ctx, account_id(e.object));
  if (!found) return found.error();
  if (!*found) return missing(e);
  return ledger_event{e.sequence, e.kind, as_opened(std::move(**found), e.terms->overdraft_limit)};
}

}  // namespace

bool concerns(const ledger_event& e, const account_id& account) noexcept {
  if (const auto* t = std::get_if<transfer_record>(&e.what))
    return t->from == account || t->to == account;
  if (const auto* a = std::get_if<account_record>(&e.what)) return a->id == account;
  return std::get<account_terms>(e.what).account == account;
}

ledger_event event_of(const entry& e, const entry_verdict& v, wall_time at) {
  if (v.transfer) return {v.sequence, kind_of(v.transfer->status), *v.transfer};
  if (const auto* c = std::get_if<change_entry>(&e))
    return {v.sequence, entry_kind::account_changed, terms_after(*c)};
  const account_record& a = std::get<open_entry>(e).account;
  return {v.sequence, entry_kind::account_opened, as_opened(opened_at(a, at), a.overdraft_limit)};
}

result<std::vector<ledger_event>> events_behind(ledger_reader& store, const context& ctx,
                                                std::uint64_t after) {
  std::vector<ledger_event> events;
  while (true) {
    const auto entries = store.entries(ctx, after, read_at_once);
    if (!entries) return entries.error();
    for (const committed_entry& e : *entries) {
      auto made = event_in_store(store, ctx, e);
      if (!made) return made.error();
      events.push_back(std::move(*made));
      after = e.sequence;
    }
    if (entries->size() < read_at_once) return events;
  }
}

void publish_once(const topic& to, ledger_event e, const std::optional<trace_state>& place) {
  const std::uint64_t sequence = e.sequence;
  if (to.last_sequence() >= sequence) return;
  to.skip_to(sequence - 1);
  if (place) {
    to.publish_as(standing_at(*place), sequence, std::move(e));
  } else {
    to.publish_as(sequence, std::move(e));
  }
}

}  // namespace lifeline::ledger
