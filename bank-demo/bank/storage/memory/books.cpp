#include "bank/storage/memory/books.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "bank/storage/rules/posting.hpp"
#include "bank/storage/rules/text_match.hpp"

namespace bank::storage {

using namespace lifeline::ledger;
using lifeline::wall_time;

namespace {

template <class Map, class Key>
auto find_in(const Map& map, const Key& key) -> const typename Map::mapped_type* {
  const auto it = map.find(key);
  return it == map.end() ? nullptr : &it->second;
}

}  // namespace

/// The ledger as a draft reads it.
class memory_books::view final : public books_view {
 public:
  explicit view(const memory_books& books) noexcept : books_(books) {}

  std::uint64_t last_sequence() const override { return books_.sequence_; }
  std::uint64_t last_order() override { return books_.orders_.count(); }
  drafted_account* find_account(const account_id& id) override {
    if (const auto known = accounts_.find(id); known != accounts_.end()) return &known->second;
    const account_record* found = books_.account(id);
    return found == nullptr ? nullptr : &add_account({id, face_of(*found), found->version});
  }
  drafted_account& add_account(drafted_account a) override {
    return accounts_.emplace(a.id, a).first->second;
  }
  const transfer_record* find_transfer(const transfer_id& id) override {
    return books_.transfer(id);
  }
  const standing_order* find_order(const standing_order_id& id) override {
    return books_.orders_.find(id);
  }
  bool key_used(const idempotency_key& k) override {
    return books_.keys_.contains({k.caller, k.key});
  }
  bool ref_used(const text_pair& ref) override { return books_.has_ref(ref); }

 private:
  const memory_books& books_;
  std::unordered_map<account_id, drafted_account> accounts_;
};

commit_result memory_books::apply(const lifeline::ledger::batch& b) {
  if (b.id.epoch != epoch_) return commit_error::fenced;
  if (batches_.contains(b.id)) return commit_error::violated;
  view books(*this);
  batch_draft d(books, time_.of_next(b.at));
  if (!d.add(b.entries)) return commit_error::violated;
  committed_batch done{d.at(), d.results, {}};
  for (const batch_draft::step& s : d.steps) done.transfers.push_back(s.transfer);
  head_ = d.seal(hasher_, head_, b.id).head;
  store(std::move(d));
  time_ = {done.at, done.at};
  times_.resize(entries_.size(), done.at);
  batches_.emplace(b.id, done);
  return done;
}

wall_time memory_books::close_past(wall_time before, wall_time clock) noexcept {
  const wall_time end = time_.end_of_past(before, clock);
  time_.next = std::max(time_.next, end);
  return end;
}

void memory_books::store(batch_draft&& d) {
  sequence_ = d.sequence;
  for (account_record& a : d.opened) {
    account_record& kept = accounts_[a.id].record;
    kept = std::move(a);
  }
  for (const drafted_account* a : d.changed) {
    account_record& kept = accounts_.at(a->id).record;
    show(kept, a->face);
    kept.made_by = mark_of(head_);
  }
  for (batch_draft::step& s : d.steps) {
    forget_open(s.transfer.id);
    if (is_open(s.transfer.status))
      store_open(s.transfer);
    else
      store({std::move(s.transfer), s.from.posted, s.to.posted});
  }
  for (const auto& [number, o] : d.orders) orders_.store(o);
  entries_.insert(entries_.end(), d.entries.begin(), d.entries.end());
  for (auto& k : d.keys) {
    const text_pair name(k.key.caller, k.key.key);
    key_times_.emplace(name, d.at());
    keys_.emplace(name, key_record{k.key.digest, k.object, std::move(k.answer), k.behind});
  }
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

const committed_batch* memory_books::batch(batch_id id) const { return find_in(batches_, id); }

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

bool memory_books::forget_key(const text_pair& caller_and_key, const uuid& object) {
  const key_record* found = key(caller_and_key);
  if (found == nullptr || found->object != object) return false;
  key_times_.erase(caller_and_key);
  keys_.erase(caller_and_key);
  return true;
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

/// False if the page is full.
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

/// Partial sums may exceed 64 bits although the total does not.
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
  for (const auto& [id, t] : open_)
    if (t.status == transfer_status::pending)
      found.oldest_hold = std::min(found.oldest_hold.value_or(t.created_at), t.created_at);
  return found;
}

}  // namespace bank::storage
