#include "bank/storage/rules/batch_draft.hpp"

#include <algorithm>

#include "bank/storage/rules/posting.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

account_face face_of(const account_record& a) noexcept {
  return {a.type,       a.unit,        a.overdraft_limit, a.posted,
          a.pending_in, a.pending_out, a.version,         a.status};
}

void show(account_record& a, const account_face& face) noexcept {
  a.posted = face.posted;
  a.pending_in = face.pending_in;
  a.pending_out = face.pending_out;
  a.version = face.version;
  a.status = face.status;
  a.overdraft_limit = face.overdraft_limit;
}

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
  while (!all.empty()) {
    const std::size_t n = unit_size(all.front());
    if (n > all.size() || !add_unit(all.first(n))) return false;
    all = all.subspan(n);
  }
  return true;
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
  const account_record opened = opened_at(e.account, at_);
  if (!open(opened)) return false;
  keep_key(e.key, e.account.id);
  facts.add_opening(sequence + 1, at_, opened);
  account_entries.push_back({sequence + 1, e.account.id, "opened", e.account.overdraft_limit});
  return commit(entry_kind::account_opened, *account(e.account.id));
}

bool batch_draft::add(const transfer_entry& e) {
  if (!may_begin(e.transfer)) return false;
  const transfer_record* found = transfer(e.transfer.id);
  if (e.expects) return execute(e, found);
  if (found != nullptr)
    return repeated(entry_outcome::duplicate_id, e.key, *found, same_content(*found, e.transfer));
  if (key_used(e.key)) return refuse(entry_outcome::duplicate_key);
  keep_key(e.key, e.transfer.id);
  return begin(after_opening(e.transfer, sequence + 1, at_));
}

bool batch_draft::execute(const transfer_entry& e, const transfer_record* found) {
  if (found == nullptr || found->status != e.expects || *e.expects != transfer_status::scheduled)
    return refuse(entry_outcome::wrong_state);
  transfer_record t = *found;
  t.status = e.transfer.status;
  return begin(after_execution(std::move(t), sequence + 1, at_));
}

bool batch_draft::begin(transfer_record t) {
  const auto changes = changes_of_opening(t.status, t.amount.minor);
  return apply(t, changes) && may_take_transfers(face_of(*touch(t.from)), face_of(*touch(t.to))) &&
         write(std::move(t));
}

bool batch_draft::add(const resolve_entry& e) {
  const transfer_record* found = transfer(e.transfer);
  if (found == nullptr) return refuse(entry_outcome::wrong_state);
  if (found->status != e.what.expects || !is_open(found->status))
    return repeated(entry_outcome::wrong_state, e.key, *found, is_result_of(e.what, *found));
  if (key_used(e.key)) return refuse(entry_outcome::duplicate_key);
  if (!may_end(*found, e.what)) return false;
  if (!apply(*found, changes_of(e.what, found->amount.minor))) return false;
  keep_key(e.key, e.transfer);
  return write(after_resolution(*found, e.what, sequence + 1, at_));
}

bool batch_draft::repeated(entry_outcome why, const std::optional<idempotency_key>& k,
                           const transfer_record& found, bool same) {
  if (same && !key_used(k)) keep_key(k, found.id);
  return refuse(why);
}

bool batch_draft::add(const change_entry& e) {
  account_record* a = touch(e.account);
  if (a == nullptr) return false;
  account_face face = face_of(*a);
  if (!may_change(face, e)) return false;
  change(face, e.change);
  show(*a, face);
  facts.add_change(sequence + 1, at_, e.account, name_of(e.change), e.change.overdraft_limit);
  account_entries.push_back({sequence + 1, e.account, name_of(e.change), e.change.overdraft_limit});
  return commit(entry_kind::account_changed, *a);
}

bool batch_draft::add(const open_order_entry& e) {
  const account_record* from = account(e.order.from);
  const account_record* to = account(e.order.to);
  if (from == nullptr || to == nullptr || !may_stand(e.order, from->unit, to->unit)) return false;
  if (const standing_order* found = order(e.order.id)) {
    if (same_content(*found, e.order) && !key_used(e.key)) keep_key(e.key, found->id);
    return refuse(entry_outcome::duplicate_id);
  }
  if (key_used(e.key)) return refuse(entry_outcome::duplicate_key);
  keep_key(e.key, e.order.id);
  return note(as_opened(e.order, ++order_count_, at_));
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
  return write(after_opening(made, sequence + 1, at_));
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

const standing_order* batch_draft::order(standing_order_id id) const {
  for (const auto& [number, o] : orders)
    if (o.id == id) return &o;
  return books_.find_order(id);
}

const account_record* batch_draft::account(account_id id) const {
  const auto it = accounts.find(id);
  return it != accounts.end() ? &it->second : books_.find_account(id);
}

entry_outcome batch_draft::judge(const open_entry& e) const {
  if (accounts.contains(e.account.id) || books_.find_account(e.account.id) != nullptr)
    return entry_outcome::duplicate_id;
  if (key_used(e.key)) return entry_outcome::duplicate_key;
  if (e.account.ref && ref_used({e.account.owner, *e.account.ref}))
    return entry_outcome::duplicate_ref;
  return entry_outcome::committed;
}

const transfer_record* batch_draft::transfer(transfer_id id) const {
  const auto it = transfers.find(id);
  return it != transfers.end() ? &it->second : books_.find_transfer(id);
}

bool batch_draft::key_used(const std::optional<idempotency_key>& k) const {
  return k && (keys.contains({k->caller, k->key}) || books_.key_used({k->caller, k->key}));
}

bool batch_draft::ref_used(const text_pair& ref) const {
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

bool batch_draft::commit(entry_kind kind, const account_record& a) {
  commit(kind, a.id);
  entries.back().terms = account_terms{a.id, a.status, a.overdraft_limit};
  return true;
}

void batch_draft::keep_key(const std::optional<idempotency_key>& k, const uuid& object,
                           const std::optional<std::string>& answer) {
  if (k)
    keys.emplace(text_pair(k->caller, k->key), key_record{k->digest, object, answer, sequence});
}

bool batch_draft::open(const account_record& a) {
  const account_id world = world_account(a.unit);
  if (world == a.id) return false;
  const account_record* found = touch(world);
  if (found != nullptr && found->type != account_type::world) return false;
  if (found == nullptr) accounts.emplace(world, new_world(a.unit, at_));
  accounts.emplace(a.id, a).first->second.version = 1;
  if (a.ref) refs.emplace(text_pair(a.owner, *a.ref), a.id);
  return true;
}

bool batch_draft::apply(const transfer_record& t, const transfer_changes& changes) {
  account_record* from = touch(t.from);
  account_record* to = touch(t.to);
  if (from == nullptr || to == nullptr) return false;
  account_face from_face = face_of(*from);
  account_face to_face = face_of(*to);
  if (!storage::apply(from_face, to_face, t.amount.unit, changes)) return false;
  show(*from, from_face);
  show(*to, to_face);
  return true;
}

bool batch_draft::write(transfer_record t) {
  if (!is_open(t.status)) ended.push_back({t, touch(t.from)->posted, touch(t.to)->posted});
  const entry_kind kind = kind_of(t.status);
  const transfer_id id = t.id;
  facts.add(t);
  transfers.insert_or_assign(id, std::move(t));
  return commit(kind, id);
}

account_record* batch_draft::touch(account_id id) {
  if (const auto it = accounts.find(id); it != accounts.end()) return &it->second;
  const account_record* stored = books_.find_account(id);
  return stored == nullptr ? nullptr : &accounts.emplace(id, *stored).first->second;
}

}  // namespace bank::storage
