#include "bank/storage/rules/replay.hpp"

#include <array>

// The replay of transfers: their openings, holds and ends.

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

std::string text_of(std::uint64_t n) { return std::to_string(n); }
std::string text_of(std::int64_t n) { return std::to_string(n); }

std::string named(const replayed_account& a) { return "account " + a.stored.id.str(); }
std::string named(const stored_transfer& t) { return "transfer " + text_of(t.sequence); }
std::string named(const stored_opening& o) { return "entry " + text_of(o.sequence); }

/// The resolution that leads from this state to the stored end, if there is one.
std::optional<resolution> resolution_of(const stored_transfer& t, transfer_status from) {
  const auto status = parse_transfer_status(t.status);
  if (!status || is_open(*status)) return std::nullopt;
  const bool held = from == transfer_status::pending;
  if (*status == transfer_status::expired && !held) return std::nullopt;
  if (*status == transfer_status::rejected && held) return std::nullopt;
  return resolution{*status, from, *status == transfer_status::posted ? t.amount : 0, {}};
}

}  // namespace

finding ledger_replay::apply(const stored_opening& o) {
  if (auto wrong = begin(o)) return wrong;
  for (const account_id& id : {o.terms.from, o.terms.to})
    if (auto wrong = check_closed(named(o), id)) return wrong;
  return std::nullopt;
}

finding ledger_replay::apply_occurrence(const stored_opening& o) {
  if (o.kind != "scheduled")
    return named(o) + " is an occurrence of a standing order, but " + o.kind;
  return begin(o);
}

finding ledger_replay::begin(const stored_opening& o) {
  if (auto wrong = take_sequence(o.sequence)) return wrong;
  if (auto wrong = check_terms(named(o), o.terms, o.amount)) return wrong;
  const auto known = open_.find(o.terms.id);
  if (known == open_.end() && o.terms.first_sequence != o.sequence)
    return named(o) + " names entry " + text_of(o.terms.first_sequence) +
           " as the first of its transfer, but no transfer was opened there";
  if (known != open_.end() && (known->second.kind != "scheduled" || o.kind != "pending"))
    return named(o) + " makes transfer " + o.terms.id.str() + " " + o.kind + ", which is " +
           known->second.kind;
  open_.insert_or_assign(o.terms.id, o);
  if (o.kind == "scheduled") return std::nullopt;
  return change(named(o), o.terms, changes_of_opening(transfer_status::pending, o.amount));
}

finding ledger_replay::apply(const stored_transfer& t) {
  if (auto wrong = take_sequence(t.sequence)) return wrong;
  ++transfers_;
  if (auto wrong = check_terms(named(t), t.terms, t.amount)) return wrong;
  const bool posted = t.status == to_string(transfer_status::posted);
  if (posted != t.has_time)
    return named(t) + " is \"" + t.status + "\", " + (posted ? "without" : "with") +
           " a time of posting";
  const auto known = open_.find(t.terms.id);
  if (known == open_.end()) return begin(t);
  const stored_opening open = known->second;
  open_.erase(known);
  return resolve(t, open);
}

/// A transfer without an opening was posted at once.
finding ledger_replay::begin(const stored_transfer& t) {
  if (t.status != to_string(transfer_status::posted))
    return named(t) + " is \"" + t.status + "\", but was never open";
  if (t.terms.first_sequence != t.sequence || t.held)
    return named(t) + " names entry " + text_of(t.terms.first_sequence) +
           " as its first, but no transfer was opened there";
  return post(t);
}

finding ledger_replay::resolve(const stored_transfer& t, const stored_opening& open) {
  if (t.terms != open.terms)
    return named(t) + " has other accounts or another currency than its opening";
  const bool was_held = open.kind == "pending";
  if (t.held.has_value() != was_held)
    return named(t) + " is stored with a hold of " + text_of(t.held.value_or(0)) + ", but it was " +
           open.kind;
  const auto how =
      resolution_of(t, was_held ? transfer_status::pending : transfer_status::scheduled);
  if (!how) return named(t) + " is \"" + t.status + "\", which can't follow " + open.kind;
  if (t.amount > open.amount)
    return named(t) + " has the amount " + text_of(t.amount) + ", but held " + text_of(open.amount);
  const bool posted = how->becomes == transfer_status::posted;
  if (t.amount != open.amount && !(posted && was_held))
    return named(t) + " has the amount " + text_of(t.amount) + ", but was opened with " +
           text_of(open.amount);
  if (posted && !was_held) return post(t);
  if (posted)
    for (const auto& [id, side] : {std::pair(t.terms.from, t.from), {t.terms.to, t.to}})
      if (auto wrong = check_side(t, id, side)) return wrong;
  if (auto wrong = change(named(t), t.terms, changes_of(*how, open.amount))) return wrong;
  return settle(t, posted);
}

finding ledger_replay::post(const stored_transfer& t) {
  for (const auto& [id, side] : {std::pair(t.terms.from, t.from), {t.terms.to, t.to}})
    if (auto wrong = check_side(t, id, side)) return wrong;
  const auto changes = changes_of_opening(transfer_status::posted, t.amount);
  if (auto wrong = change(named(t), t.terms, changes)) return wrong;
  return settle(t, true);
}

/// The row's balances must match the accounts; a posted transfer becomes the newest of their
/// histories.
finding ledger_replay::settle(const stored_transfer& t, bool posted) {
  for (const auto& [id, side] : {std::pair(t.terms.from, t.from), {t.terms.to, t.to}}) {
    replayed_account& a = *find(id);
    if (a.balance != side.balance_after)
      return named(t) + " says that " + named(a) + " then had " + text_of(side.balance_after) +
             ", but by its entries it should be " + text_of(a.balance);
    if (!posted && side.previous.value_or(0) != 0)
      return named(t) + " is in the history of " + named(a) + ", but was never posted";
    if (posted) a.last = t.sequence;
  }
  return std::nullopt;
}

finding ledger_replay::check_open(const stored_opening& stored) {
  ++transfers_;
  const auto known = open_.find(stored.terms.id);
  if (known == open_.end())
    return "transfer " + stored.terms.id.str() + " is stored as open, but by its entries it is not";
  if (known->second != stored)
    return "transfer " + stored.terms.id.str() + " is stored as " + stored.kind + " with entry " +
           text_of(stored.sequence) + ", but by its entries it should be " + known->second.kind +
           " with entry " + text_of(known->second.sequence);
  open_.erase(known);
  return std::nullopt;
}

finding ledger_replay::check_terms(const std::string& who, const stored_terms& t,
                                   std::int64_t amount) {
  if (t.from == t.to) return who + " has the same account on both sides";
  if (amount < 1 || amount > max_minor) return who + " has the amount " + text_of(amount);
  for (const account_id& id : {t.from, t.to})
    if (auto wrong = check_account(who, t, id)) return wrong;
  return std::nullopt;
}

finding ledger_replay::check_account(const std::string& who, const stored_terms& t,
                                     const account_id& id) {
  const replayed_account* a = find(id);
  if (a == nullptr || !a->opened) return who + " is for an account that was not opened";
  if (a->stored.unit.code() != t.currency)
    return who + " is in " + t.currency + ", but " + named(*a) + " is in " +
           std::string(a->stored.unit.code());
  return std::nullopt;
}

finding ledger_replay::check_closed(const std::string& who, const account_id& id) {
  const replayed_account& a = *find(id);
  if (a.status != account_status::closed) return std::nullopt;
  return who + " moves money of " + named(a) + ", which is closed";
}

finding ledger_replay::check_side(const stored_transfer& t, const account_id& id,
                                  const stored_transfer::side& s) {
  if (auto wrong = check_closed(named(t), id)) return wrong;
  const replayed_account& a = *find(id);
  if (s.previous && s.previous != a.last)
    return named(t) + " names " + text_of(*s.previous) + " as the previous transfer of " +
           named(a) + ", which is " + text_of(a.last);
  return std::nullopt;
}

finding ledger_replay::change(const std::string& who, const stored_terms& t,
                              const transfer_changes& by) {
  if (auto wrong = change(who, t.from, by.from)) return wrong;
  return change(who, t.to, by.to);
}

finding ledger_replay::change(const std::string& who, const account_id& id,
                              const balance_change& by) {
  if (by.is_nothing()) return std::nullopt;
  replayed_account& a = *find(id);
  const std::int64_t free_before = a.balance - a.pending_out;
  const auto balance = add_minor(a.balance, by.posted);
  const auto pending_out = add_minor(a.pending_out, by.pending_out);
  const auto pending_in = add_minor(a.pending_in, by.pending_in);
  if (!balance || !pending_out || !pending_in)
    return who + " brings " + named(a) + " beyond the range of balances";
  const std::int64_t free = *balance - *pending_out;
  if (free < free_before && !a.is_world() && free < -a.limit)
    return who + " brings " + named(a) + " to " + text_of(free) +
           ", below its overdraft limit of " + text_of(a.limit);
  a.balance = *balance;
  a.pending_out = *pending_out;
  a.pending_in = *pending_in;
  ++a.version;
  return std::nullopt;
}

}  // namespace bank::storage
