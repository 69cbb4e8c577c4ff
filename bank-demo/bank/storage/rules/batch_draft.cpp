#include "bank/storage/rules/batch_draft.hpp"

#include <algorithm>

#include "bank/storage/rules/batch_outcomes.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

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

}  // namespace

bool batch_draft::add(std::span<const entry> all) {
  results.reserve(all.size());
  entries.reserve(all.size());
  steps.reserve(all.size());
  last_steps_.reserve(all.size());
  changed.reserve(2 * all.size());
  facts.reserve(all.size());
  while (!all.empty()) {
    const std::size_t n = unit_size(all.front());
    if (n > all.size() || !add_unit(all.first(n))) return false;
    all = all.subspan(n);
  }
  return true;
}

batch_seal batch_draft::seal(batch_hasher& hasher, const chain_hash& head, batch_id id) const {
  const batch_span span{id, begins_, sequence, at_};
  return {span, outcomes_of(results), hasher.next(head, span, results, facts)};
}

committed_batch batch_draft::take_committed() {
  committed_batch done{at_, std::move(results), {}};
  done.transfers.reserve(steps.size());
  for (step& s : steps) done.transfers.push_back(std::move(s.transfer));
  return done;
}

bool batch_draft::add_unit(std::span<const entry> unit) {
  if (const auto* group = std::get_if<group_entry>(&unit.front()))
    return add_group(*group, unit.subspan(1));
  return std::visit([this](const auto& x) { return add(x); }, unit.front());
}

template <class Known>
void batch_draft::leave_out(entry_outcome why, std::span<const entry> members, Known known) {
  refuse(why);
  for (const entry& e : members)
    refuse(known(e) ? entry_outcome::duplicate_id : entry_outcome::left_out);
}

bool batch_draft::add_group(const group_entry& g, std::span<const entry> members) {
  if (!is_group(g, members)) return false;
  const auto known = [this](const entry& e) {
    return transfer(std::get<transfer_entry>(e).transfer.id) != nullptr;
  };
  if (key_used(g.key)) {
    leave_out(entry_outcome::duplicate_key, members, [](const entry&) { return false; });
    return true;
  }
  if (g.atomic && std::ranges::any_of(members, known)) {
    leave_out(entry_outcome::duplicate_id, members, known);
    return true;
  }
  results.push_back({entry_outcome::noted, 0});
  keep_key(g.key, g.id, g.answer);
  const std::size_t first = results.size();
  for (const entry& e : members)
    if (!add(std::get<transfer_entry>(e))) return false;
  return !g.atomic || all_committed(results, first);
}

bool batch_draft::add(const open_entry& e) {
  if (!may_open(e.account)) return false;
  const auto found = judge(e);
  if (found != entry_outcome::committed) return refuse(found);
  const account_record a = opened_at(e.account, at_);
  if (!open(a)) return false;
  keep_key(e.key, a.id);
  facts.add_opening(sequence + 1, at_, a);
  account_entries.push_back({sequence + 1, a.id, "opened", a.overdraft_limit});
  return commit(entry_kind::account_opened, a.id, face_of(a));
}

bool batch_draft::add(const transfer_entry& e) {
  if (!may_begin(e.transfer)) return false;
  if (e.expects) return execute(e);
  const transfer_record* found = namesake(e.transfer);
  const bool used = found == nullptr && key_taken(e.key);
  if (used) found = transfer(e.transfer.id);
  if (found != nullptr)
    return repeated(entry_outcome::duplicate_id, e.key, *found, same_content(*found, e.transfer));
  if (used) return refuse(entry_outcome::duplicate_key);
  keep_key(e.key, e.transfer.id);
  return begin(after_opening(e.transfer, sequence + 1, at_));
}

bool batch_draft::execute(const transfer_entry& e) {
  const transfer_record* found = transfer(e.transfer.id);
  if (found == nullptr || found->status != e.expects || *e.expects != transfer_status::scheduled)
    return refuse(entry_outcome::wrong_state);
  transfer_record t = *found;
  t.status = e.transfer.status;
  return begin(after_execution(std::move(t), sequence + 1, at_));
}

bool batch_draft::begin(transfer_record&& t) {
  const auto s = apply(t, changes_of_opening(t.status, t.amount.minor));
  return s && may_take_transfers(s->from.account->face, s->to.account->face) &&
         write(std::move(t), *s);
}

bool batch_draft::add(const resolve_entry& e) {
  const transfer_record* found = transfer(e.transfer);
  if (found == nullptr) return refuse(entry_outcome::wrong_state);
  if (found->status != e.what.expects || !is_open(found->status))
    return repeated(entry_outcome::wrong_state, e.key, *found, is_result_of(e.what, *found));
  if (key_taken(e.key)) return refuse(entry_outcome::duplicate_key);
  if (!may_end(*found, e.what)) return false;
  const auto s = apply(*found, changes_of(e.what, found->amount.minor));
  if (!s) return false;
  keep_key(e.key, e.transfer);
  return write(after_resolution(*found, e.what, sequence + 1, at_), *s);
}

bool batch_draft::repeated(entry_outcome why, const std::optional<idempotency_key>& k,
                           const transfer_record& found, bool same) {
  if (same && !key_used(k)) keep_key(k, found.id);
  return refuse(why);
}

bool batch_draft::add(const change_entry& e) {
  drafted_account* const a = books_.find_account(e.account);
  if (a == nullptr || !may_change(a->face, e)) return false;
  change(a->face, e.change);
  note_change(*a);
  facts.add_change(sequence + 1, at_, e.account, name_of(e.change), e.change.overdraft_limit);
  account_entries.push_back({sequence + 1, e.account, name_of(e.change), e.change.overdraft_limit});
  return commit(entry_kind::account_changed, e.account, a->face);
}

bool batch_draft::add(const open_order_entry& e) {
  const drafted_account* from = books_.find_account(e.order.from);
  const drafted_account* to = books_.find_account(e.order.to);
  if (from == nullptr || to == nullptr || !may_stand(e.order, from->face.unit, to->face.unit))
    return false;
  if (const standing_order* found = order(e.order.id)) {
    if (same_content(*found, e.order) && !key_used(e.key)) keep_key(e.key, found->id);
    return refuse(entry_outcome::duplicate_id);
  }
  if (key_used(e.key)) return refuse(entry_outcome::duplicate_key);
  keep_key(e.key, e.order.id);
  if (!order_count_) order_count_ = books_.last_order();
  return note(as_opened(e.order, ++*order_count_, at_));
}

bool batch_draft::add(const end_order_entry& e) {
  const standing_order* found = order(e.order);
  if (found == nullptr || status_of(*found) != order_status::active)
    return refuse(entry_outcome::wrong_state);
  return note(after_deletion(*found, at_));
}

bool batch_draft::add(const occur_entry& e) {
  const standing_order* found = order(e.order);
  if (found == nullptr || found->next_at != e.due) return refuse(entry_outcome::wrong_state);
  const standing_order o = *found;
  const transfer_record made = next_occurrence(o);
  if (transfer(made.id) != nullptr) return false;
  orders.insert_or_assign(o.number, after_occurrence(o));
  occurrences.push_back({o.number, o.made, sequence + 1});
  return write(after_opening(made, sequence + 1, at_), {});
}

bool batch_draft::add(const claim_entry& e) {
  if (key_used(e.key)) return refuse(entry_outcome::duplicate_key);
  keep_key(e.key, e.object, "");
  return note();
}

bool batch_draft::note(standing_order o) {
  const std::uint64_t number = o.number;
  orders.insert_or_assign(number, std::move(o));
  return note();
}

bool batch_draft::note() {
  results.push_back({entry_outcome::noted, 0});
  return true;
}

const standing_order* batch_draft::order(standing_order_id id) {
  for (const auto& [number, o] : orders)
    if (o.id == id) return &o;
  return books_.find_order(id);
}

entry_outcome batch_draft::judge(const open_entry& e) {
  if (books_.find_account(e.account.id) != nullptr) return entry_outcome::duplicate_id;
  if (key_used(e.key)) return entry_outcome::duplicate_key;
  if (e.account.ref && ref_used({e.account.owner, *e.account.ref}))
    return entry_outcome::duplicate_ref;
  return entry_outcome::committed;
}

const transfer_record* batch_draft::transfer(const transfer_id& id) {
  const auto it = last_steps_.find(id);
  return it != last_steps_.end() ? &steps[it->second].transfer : books_.find_transfer(id);
}

const transfer_record* batch_draft::namesake(const transfer_record& t) {
  const auto it = last_steps_.find(t.id);
  return it != last_steps_.end() ? &steps[it->second].transfer : books_.find_namesake(t.id);
}

bool batch_draft::is_last(const step& s) const {
  return !is_open(s.transfer.status) || &steps[last_steps_.at(s.transfer.id)] == &s;
}

bool batch_draft::key_used(const std::optional<idempotency_key>& k) { return k && key_used(*k); }

bool batch_draft::key_used(const idempotency_key& k) {
  return used_keys_.contains({k.caller, k.key}) || books_.key_used(k);
}

bool batch_draft::key_taken(const std::optional<idempotency_key>& k) {
  return k && (used_keys_.contains({k->caller, k->key}) || books_.key_taken(*k));
}

bool batch_draft::ref_used(const text_pair& ref) {
  return refs.contains(ref) || books_.ref_used(ref);
}

bool batch_draft::refuse(entry_outcome why) {
  results.push_back({why, 0});
  return true;
}

bool batch_draft::commit(entry_kind kind, const uuid& object) {
  results.push_back({entry_outcome::committed, ++sequence});
  entries.push_back({sequence, kind, object});
  return true;
}

bool batch_draft::commit(entry_kind kind, const account_id& id, const account_face& face) {
  commit(kind, id);
  entries.back().terms = account_terms{id, face.status, face.overdraft_limit};
  return true;
}

void batch_draft::keep_key(const std::optional<idempotency_key>& k, const uuid& object,
                           const std::optional<std::string>& answer) {
  if (k) keep_key(*k, object, answer);
}

void batch_draft::keep_key(const idempotency_key& k, const uuid& object,
                           const std::optional<std::string>& answer) {
  used_keys_.emplace(k.caller, k.key);
  keys.push_back({k, object, answer, sequence});
}

bool batch_draft::open(const account_record& a) {
  if (!open_world(a.unit) || books_.find_account(a.id) != nullptr) return false;
  insert(a);
  if (a.ref) refs.emplace(text_pair(a.owner, *a.ref), a.id);
  return true;
}

/// False if its id belongs to another kind of account.
bool batch_draft::open_world(currency unit) {
  const auto known = worlds_.find(unit);
  if (known != worlds_.end()) return true;
  const account_id id = worlds_.emplace(unit, world_account(unit)).first->second;
  const drafted_account* found = books_.find_account(id);
  if (found == nullptr) insert(new_world(unit, at_));
  return found == nullptr || found->face.type == account_type::world;
}

void batch_draft::insert(const account_record& a) {
  drafted_account added{a.id, face_of(a)};
  added.face.version = 1;
  note_change(books_.add_account(added));
  opened.push_back(a);
}

/// Each change increments the version.
void batch_draft::note_change(drafted_account& a) {
  if (a.face.version == a.version_before + 1) changed.push_back(&a);
}

batch_draft::side batch_draft::after(drafted_account& a, const balance_change& by) {
  if (by.is_nothing()) return {&a, a.face.posted};
  note_change(a);
  return {&a, a.face.posted, a.face.version};
}

std::optional<batch_draft::sides> batch_draft::apply(const transfer_record& t,
                                                     const transfer_changes& by) {
  drafted_account* const from = books_.find_account(t.from);
  drafted_account* const to = books_.find_account(t.to);
  if (from == nullptr || to == nullptr) return std::nullopt;
  if (!storage::apply(from->face, to->face, t.amount.unit, by)) return std::nullopt;
  return sides{after(*from, by.from), after(*to, by.to)};
}

bool batch_draft::write(transfer_record&& t, const sides& s) {
  const entry_kind kind = kind_of(t.status);
  const transfer_id id = t.id;
  facts.add(t);
  last_steps_.insert_or_assign(id, steps.size());
  steps.emplace_back(std::move(t), s.from, s.to);
  return commit(kind, id);
}

}  // namespace bank::storage
