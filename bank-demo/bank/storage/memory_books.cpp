#include "bank/storage/memory_books.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "bank/storage/posting.hpp"
#include "bank/storage/text_match.hpp"

namespace bank::storage {

using namespace lifeline::ledger;
using lifeline::wall_time;

namespace {

template <class Map, class Key>
auto find_in(const Map& map, const Key& key) -> const typename Map::mapped_type* {
  const auto it = map.find(key);
  return it == map.end() ? nullptr : &it->second;
}

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

}  // namespace

static entry_kind kind_of(transfer_status s) noexcept {
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

/// What a batch would change, beside the books, so that a violation leaves nothing behind.
class memory_books::draft {
 public:
  draft(const memory_books& books, const lifeline::ledger::batch& b)
      : sequence(books.sequence_), books_(books), at_(b.at) {}

  /// False if an entry breaks a rule.
  bool add(std::span<const entry> all) {
    while (!all.empty()) {
      const std::size_t n = unit_size(all.front());
      if (n > all.size() || !add_unit(all.first(n))) return false;
      all = all.subspan(n);
    }
    return true;
  }

  wall_time at() const noexcept { return at_; }

  std::uint64_t sequence;
  std::map<account_id, account_record> accounts;
  std::map<transfer_id, transfer_record> transfers;  ///< as they are after the batch
  std::vector<ended_transfer> ended;
  std::map<text_pair, key_record> keys;
  std::map<text_pair, account_id> refs;
  std::map<std::uint64_t, standing_order> orders;  ///< by number, as they are after the batch
  std::vector<entry_result> results;
  std::vector<committed_entry> entries;
  batch_facts facts;

 private:
  bool add_unit(std::span<const entry> unit) {
    if (const auto* group = std::get_if<group_entry>(&unit.front()))
      return add_group(*group, unit.subspan(1));
    return std::visit([this](const auto& x) { return add(x); }, unit.front());
  }

  bool add_group(const group_entry& g, std::span<const entry> members) {
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

  template <class Known>
  void leave_out(entry_outcome why, std::span<const entry> members, Known known) {
    refuse(why);
    for (const entry& e : members)
      refuse(known(e) ? entry_outcome::duplicate_id : entry_outcome::left_out);
  }

  /// Never alone.
  static bool add(const group_entry&) { return false; }

  bool add(const open_entry& e) {
    if (!may_open(e.account)) return false;
    const auto found = judge(e);
    if (found != entry_outcome::committed) return refuse(found);
    if (!open(e.account)) return false;
    keep_key(e.key, e.account.id);
    facts.add_opening(sequence + 1, at_, e.account);
    return commit(entry_kind::account_opened, e.account.id);
  }

  bool add(const transfer_entry& e) {
    if (!may_begin(e.transfer)) return false;
    const transfer_record* found = transfer(e.transfer.id);
    if (e.expects) return execute(e, found);
    if (found != nullptr)
      return repeated(entry_outcome::duplicate_id, e.key, *found, same_content(*found, e.transfer));
    if (key_used(e.key)) return refuse(entry_outcome::duplicate_key);
    keep_key(e.key, e.transfer.id);
    return begin(after_opening(e.transfer, sequence + 1, at_));
  }

  /// The stored transfer is what is executed; the entry says what it becomes.
  bool execute(const transfer_entry& e, const transfer_record* found) {
    if (found == nullptr || found->status != e.expects || *e.expects != transfer_status::scheduled)
      return refuse(entry_outcome::wrong_state);
    transfer_record t = *found;
    t.status = e.transfer.status;
    t.expires_at = e.transfer.expires_at;
    return begin(after_execution(std::move(t), sequence + 1, at_));
  }

  bool begin(transfer_record t) {
    const auto changes = changes_of_opening(t.status, t.amount.minor);
    return apply(t, changes) &&
           may_take_transfers(face_of(*touch(t.from)), face_of(*touch(t.to))) &&
           write(std::move(t));
  }

  bool add(const resolve_entry& e) {
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

  /// It was done before: a new key of a request for the same is used up by that.
  bool repeated(entry_outcome why, const std::optional<idempotency_key>& k,
                const transfer_record& found, bool same) {
    if (same && !key_used(k)) keep_key(k, found.id);
    return refuse(why);
  }

  bool add(const change_entry& e) {
    account_record* a = touch(e.account);
    if (a == nullptr) return false;
    account_face face = face_of(*a);
    if (!may_change(face, e)) return false;
    change(face, e.change);
    show(*a, face);
    facts.add_change(sequence + 1, at_, e.account, name_of(e.change), e.change.overdraft_limit);
    return commit(entry_kind::account_changed, e.account);
  }

  bool add(const open_order_entry& e) {
    const account_record* from = account(e.order.from);
    const account_record* to = account(e.order.to);
    if (from == nullptr || to == nullptr || !may_stand(e.order, from->unit, to->unit)) return false;
    if (const standing_order* found = order(e.order.id)) {
      if (same_content(*found, e.order) && !key_used(e.key)) keep_key(e.key, found->id);
      return refuse(entry_outcome::duplicate_id);
    }
    if (key_used(e.key)) return refuse(entry_outcome::duplicate_key);
    keep_key(e.key, e.order.id);
    return note(as_opened(e.order, ++order_count_));
  }

  bool add(const end_order_entry& e) {
    const standing_order* found = order(e.order);
    if (found == nullptr || status_of(*found) != order_status::active)
      return refuse(entry_outcome::wrong_state);
    return note(after_deletion(*found, at_));
  }

  /// The accounts are not asked: they are when it is executed.
  bool add(const occur_entry& e) {
    const standing_order* found = order(e.order);
    if (found == nullptr || found->next_at != e.due) return refuse(entry_outcome::wrong_state);
    const standing_order o = *found;
    const transfer_record made = next_occurrence(o, at_);
    if (transfer(made.id) != nullptr) return false;
    orders.insert_or_assign(o.number, after_occurrence(o));
    return write(after_opening(made, sequence + 1, at_));
  }

  bool note(standing_order o) {
    const std::uint64_t number = o.number;
    orders.insert_or_assign(number, std::move(o));
    results.push_back({entry_outcome::noted, 0});
    return true;
  }

  /// One that this batch has changed, else as it is stored.
  const standing_order* order(standing_order_id id) const {
    for (const auto& [number, o] : orders)
      if (o.id == id) return &o;
    return books_.orders().find(id);
  }
  const account_record* account(account_id id) const {
    const auto it = accounts.find(id);
    return it != accounts.end() ? &it->second : books_.account(id);
  }

  entry_outcome judge(const open_entry& e) const {
    if (accounts.contains(e.account.id) || books_.account(e.account.id))
      return entry_outcome::duplicate_id;
    if (key_used(e.key)) return entry_outcome::duplicate_key;
    if (e.account.ref && ref_used({e.account.owner, *e.account.ref}))
      return entry_outcome::duplicate_ref;
    return entry_outcome::committed;
  }

  const transfer_record* transfer(transfer_id id) const {
    const auto it = transfers.find(id);
    return it != transfers.end() ? &it->second : books_.transfer(id);
  }

  bool key_used(const std::optional<idempotency_key>& k) const {
    return k && (keys.contains({k->caller, k->key}) || books_.key({k->caller, k->key}));
  }
  bool ref_used(const text_pair& ref) const { return refs.contains(ref) || books_.has_ref(ref); }

  bool refuse(entry_outcome why) {
    results.push_back({why, 0});
    return true;
  }
  bool commit(entry_kind kind, const uuid& object) {
    results.push_back({entry_outcome::committed, ++sequence});
    entries.push_back({sequence, kind, object});
    return true;
  }

  void keep_key(const std::optional<idempotency_key>& k, const uuid& object,
                const std::string& answer = {}) {
    if (k) keys.emplace(text_pair(k->caller, k->key), key_record{k->digest, object, answer});
  }

  bool open(const account_record& a) {
    const account_id world = world_account(a.unit);
    if (world == a.id) return false;
    if (touch(world) == nullptr) accounts.emplace(world, new_world(a.unit, at_));
    accounts.emplace(a.id, a).first->second.version = 1;
    if (a.ref) refs.emplace(text_pair(a.owner, *a.ref), a.id);
    return true;
  }

  /// Changes both accounts of the transfer.
  bool apply(const transfer_record& t, const transfer_changes& changes) {
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

  bool write(transfer_record t) {
    if (!is_open(t.status)) ended.push_back({t, touch(t.from)->posted, touch(t.to)->posted});
    const entry_kind kind = kind_of(t.status);
    const transfer_id id = t.id;
    facts.add(t);
    transfers.insert_or_assign(id, std::move(t));
    return commit(kind, id);
  }

  account_record* touch(account_id id) {
    if (const auto it = accounts.find(id); it != accounts.end()) return &it->second;
    const account_record* stored = books_.account(id);
    return stored == nullptr ? nullptr : &accounts.emplace(id, *stored).first->second;
  }

  const memory_books& books_;
  std::uint64_t order_count_ = books_.orders().count();
  wall_time at_;
};

commit_result memory_books::apply(const lifeline::ledger::batch& b) {
  if (b.id.epoch != epoch_) return commit_error::fenced;
  if (batches_.contains(b.id)) return commit_error::violated;
  draft d(*this, b);
  if (!d.add(b.entries)) return commit_error::violated;
  auto results = d.results;
  head_ = hasher_.next(head_, {b.id, sequence_ + 1, d.sequence, b.at}, results, d.facts);
  store(std::move(d));
  times_.resize(entries_.size(), b.at);
  batches_.emplace(b.id, results);
  return results;
}

void memory_books::store(draft&& d) {
  sequence_ = d.sequence;
  for (auto& [id, record] : d.accounts) accounts_[id].record = std::move(record);
  for (const auto& [id, t] : d.transfers) {
    forget_open(id);
    if (is_open(t.status)) store_open(t);
  }
  for (ended_transfer& t : d.ended) store(std::move(t));
  for (const auto& [number, o] : d.orders) orders_.store(o);
  entries_.insert(entries_.end(), d.entries.begin(), d.entries.end());
  for (const auto& [name, leads_to] : d.keys) key_times_.emplace(name, d.at());
  keys_.merge(d.keys);
  refs_.merge(d.refs);
}

void memory_books::store_open(const transfer_record& t) {
  open_.emplace(t.id, t);
  if (const auto at = due_at(t)) due_.emplace(due_place{*at, t.id}, t.id);
}

void memory_books::forget_open(transfer_id id) {
  const auto it = open_.find(id);
  if (it == open_.end()) return;
  if (const auto at = due_at(it->second)) due_.erase(due_place{*at, id});
  open_.erase(it);
}

void memory_books::store(ended_transfer&& t) {
  const std::size_t row = transfers_.size();
  if (t.transfer.status == transfer_status::posted) {
    accounts_.at(t.transfer.from).rows.push_back(row);
    accounts_.at(t.transfer.to).rows.push_back(row);
  }
  transfer_index_.emplace(t.transfer.id, row);
  transfers_.push_back(std::move(t));
}

const std::vector<entry_result>* memory_books::batch(batch_id id) const {
  return find_in(batches_, id);
}

const account_record* memory_books::account(account_id id) const {
  const account_book* found = find_in(accounts_, id);
  return found == nullptr ? nullptr : &found->record;
}

const transfer_record* memory_books::transfer(transfer_id id) const {
  const std::size_t* row = find_in(transfer_index_, id);
  return row == nullptr ? find_in(open_, id) : &transfers_[*row].transfer;
}

const key_record* memory_books::key(const text_pair& caller_and_key) const {
  return find_in(keys_, caller_and_key);
}

std::uint64_t memory_books::forget_keys(wall_time before) {
  const auto dropped = std::erase_if(key_times_, [&](const auto& kept) {
    const bool old = kept.second < before;
    if (old) keys_.erase(kept.first);
    return old;
  });
  return dropped;
}

namespace {

bool passes(const account_record& a, const account_filter& filter) {
  if (filter.text && !matches(a, *filter.text)) return false;
  return (!filter.owner || a.owner == *filter.owner) && (!filter.ref || a.ref == filter.ref) &&
         (!filter.status || a.status == *filter.status);
}

/// False if the page was full already.
template <class Row>
bool put(page<Row>& page, std::size_t limit, Row row) {
  page.more = page.rows.size() == limit;
  if (!page.more) page.rows.push_back(std::move(row));
  return !page.more;
}

}  // namespace

page<account_record> memory_books::accounts(const account_filter& filter) const {
  page<account_record> found;
  auto it = filter.after.is_nil() ? accounts_.begin() : accounts_.upper_bound(filter.after);
  for (; it != accounts_.end(); ++it)
    if (passes(it->second.record, filter) && !put(found, filter.limit, it->second.record)) break;
  return found;
}

page<history_row> memory_books::history(account_id id, std::uint64_t before,
                                        std::size_t limit) const {
  page<history_row> found;
  const account_book* book = find_in(accounts_, id);
  if (book == nullptr) return found;
  const auto end = std::ranges::lower_bound(
      book->rows, before == 0 ? sequence_ + 1 : before, {},
      [this](std::size_t row) { return transfers_[row].transfer.sequence; });
  for (auto it = end; it != book->rows.begin();) {
    const ended_transfer& t = transfers_[*--it];
    const std::int64_t after = t.transfer.from == id ? t.from_after : t.to_after;
    if (!put(found, limit, history_row{t.transfer, after})) break;
  }
  return found;
}

due_list memory_books::due(wall_time now, const due_place& after, std::size_t limit) const {
  due_list found;
  for (auto it = due_.upper_bound(after); it != due_.end(); ++it) {
    if (it->first.at > now || found.transfers.size() == limit) {
      found.next = it->first.at;
      break;
    }
    found.transfers.push_back(open_.at(it->second));
  }
  return found;
}

std::vector<committed_entry> memory_books::entries(std::uint64_t after, std::size_t limit) const {
  const std::size_t first = std::min<std::size_t>(after, entries_.size());
  const std::size_t n = std::min(limit, entries_.size() - first);
  const auto begin = entries_.begin() + static_cast<std::ptrdiff_t>(first);
  return {begin, begin + static_cast<std::ptrdiff_t>(n)};
}

page<standing_order> memory_books::list_orders(const order_filter& filter) const {
  return orders_.list(filter, [this](const account_id& id) -> const std::string& {
    return accounts_.at(id).record.owner;
  });
}

/// A part of a sum may be too large for 64 bits although the whole is not.
static std::int64_t wrapping_sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

money_totals memory_books::totals() const {
  std::map<currency, currency_total> sums;
  for (const auto& [id, book] : accounts_) {
    currency_total& total = sums[book.record.unit];
    total.unit = book.record.unit;
    total.sum = wrapping_sum(total.sum, book.record.posted);
    total.pending += book.record.pending_out;
  }
  money_totals found{sequence_, {}, head_};
  for (const auto& [unit, total] : sums) found.currencies.push_back(total);
  return found;
}

}  // namespace bank::storage
