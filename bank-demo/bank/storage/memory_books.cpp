#include "bank/storage/memory_books.hpp"

#include <algorithm>
#include <unordered_set>

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
  return {a.type, a.unit, a.overdraft_limit, a.posted, a.version, a.status};
}

void show(account_record& a, const account_face& face) noexcept {
  a.posted = face.posted;
  a.version = face.version;
  a.status = face.status;
  a.overdraft_limit = face.overdraft_limit;
}

}  // namespace

/// What a batch would change, beside the books, so that a violation leaves nothing behind.
class memory_books::draft {
 public:
  draft(const memory_books& books, const lifeline::ledger::batch& b)
      : sequence(books.sequence_), books_(books), at_(b.at) {}

  /// False if the entry breaks a rule.
  bool add(const entry& e) {
    return std::visit([this](const auto& x) { return add(x); }, e);
  }

  std::uint64_t sequence;
  std::map<account_id, account_record> accounts;
  std::vector<posted_transfer> transfers;
  std::unordered_set<transfer_id> transfer_ids;
  std::map<text_pair, key_record> keys;
  std::map<text_pair, account_id> refs;
  std::vector<entry_result> results;

 private:
  bool add(const open_entry& e) {
    if (!may_open(e.account)) return false;
    const auto found = judge(e);
    if (found != entry_outcome::committed) return refuse(found);
    if (!open(e.account)) return false;
    keep_key(e.key, e.account.id);
    return commit();
  }

  bool add(const post_entry& e) {
    if (!may_post(e.transfer)) return false;
    const auto found = judge(e);
    if (found != entry_outcome::committed) return refuse(found);
    if (!post(e.transfer)) return false;
    keep_key(e.key, e.transfer.id);
    return commit();
  }

  bool add(const change_entry& e) {
    account_record* a = touch(e.account);
    if (a == nullptr) return false;
    account_face face = face_of(*a);
    if (!may_change(face, e, a->pending_in != 0 || a->pending_out != 0, a->pending_out))
      return false;
    change(face, e.change);
    show(*a, face);
    return commit();
  }

  entry_outcome judge(const open_entry& e) const {
    if (accounts.contains(e.account.id) || books_.account(e.account.id))
      return entry_outcome::duplicate_id;
    if (key_used(e.key)) return entry_outcome::duplicate_key;
    if (e.account.ref && ref_used({e.account.owner, *e.account.ref}))
      return entry_outcome::duplicate_ref;
    return entry_outcome::committed;
  }

  entry_outcome judge(const post_entry& e) const {
    if (transfer_ids.contains(e.transfer.id) || books_.transfer(e.transfer.id))
      return entry_outcome::duplicate_id;
    return key_used(e.key) ? entry_outcome::duplicate_key : entry_outcome::committed;
  }

  bool key_used(const std::optional<idempotency_key>& k) const {
    return k && (keys.contains({k->caller, k->key}) || books_.key({k->caller, k->key}));
  }
  bool ref_used(const text_pair& ref) const { return refs.contains(ref) || books_.has_ref(ref); }

  bool refuse(entry_outcome why) {
    results.push_back({why, 0});
    return true;
  }
  bool commit() {
    results.push_back({entry_outcome::committed, ++sequence});
    return true;
  }

  void keep_key(const std::optional<idempotency_key>& k, const uuid& object) {
    if (k) keys.emplace(text_pair(k->caller, k->key), key_record{k->digest, object});
  }

  bool open(const account_record& a) {
    const account_id world = world_account(a.unit);
    if (world == a.id) return false;
    if (touch(world) == nullptr) accounts.emplace(world, new_world(a.unit, at_));
    accounts.emplace(a.id, a).first->second.version = 1;
    if (a.ref) refs.emplace(text_pair(a.owner, *a.ref), a.id);
    return true;
  }

  bool post(const transfer_record& t) {
    account_record* from = touch(t.from);
    account_record* to = touch(t.to);
    if (from == nullptr || to == nullptr) return false;
    account_face from_face = face_of(*from);
    account_face to_face = face_of(*to);
    if (!storage::post(from_face, to_face, t.amount)) return false;
    show(*from, from_face);
    show(*to, to_face);
    write(t, from_face.posted, to_face.posted);
    return true;
  }

  void write(const transfer_record& t, std::int64_t from_after, std::int64_t to_after) {
    transfer_ids.insert(t.id);
    posted_transfer& row = transfers.emplace_back(posted_transfer{t, from_after, to_after});
    row.transfer.status = transfer_status::posted;
    row.transfer.reason.reset();
    row.transfer.sequence = sequence + 1;
    row.transfer.posted_at = at_;
  }

  account_record* touch(account_id id) {
    if (const auto it = accounts.find(id); it != accounts.end()) return &it->second;
    const account_record* stored = books_.account(id);
    return stored == nullptr ? nullptr : &accounts.emplace(id, *stored).first->second;
  }

  const memory_books& books_;
  wall_time at_;
};

commit_result memory_books::apply(const lifeline::ledger::batch& b) {
  if (b.id.epoch != epoch_) return commit_error::fenced;
  if (batches_.contains(b.id)) return commit_error::violated;
  draft d(*this, b);
  for (const entry& e : b.entries)
    if (!d.add(e)) return commit_error::violated;
  auto results = d.results;
  store(std::move(d));
  batches_.emplace(b.id, results);
  return results;
}

void memory_books::store(draft&& d) {
  sequence_ = d.sequence;
  for (auto& [id, record] : d.accounts) accounts_[id].record = std::move(record);
  for (posted_transfer& t : d.transfers) store(std::move(t));
  keys_.merge(d.keys);
  refs_.merge(d.refs);
}

void memory_books::store(posted_transfer&& t) {
  const std::size_t row = transfers_.size();
  accounts_.at(t.transfer.from).rows.push_back(row);
  accounts_.at(t.transfer.to).rows.push_back(row);
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
  return row == nullptr ? nullptr : &transfers_[*row].transfer;
}

const key_record* memory_books::key(const text_pair& caller_and_key) const {
  return find_in(keys_, caller_and_key);
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
    const posted_transfer& t = transfers_[*--it];
    const std::int64_t after = t.transfer.from == id ? t.from_after : t.to_after;
    if (!put(found, limit, history_row{t.transfer, after})) break;
  }
  return found;
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
  money_totals found{sequence_, {}};
  for (const auto& [unit, total] : sums) found.currencies.push_back(total);
  return found;
}

}  // namespace bank::storage
