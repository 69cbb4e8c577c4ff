#include <algorithm>

#include "bank/storage/memory/books.hpp"
#include "bank/storage/rules/text_match.hpp"

// The reports of the memory store: the model for the reports of every store.

namespace bank::storage {

using namespace lifeline::ledger;
using lifeline::wall_time;

bool memory_books::owned_by(const transfer_record& t, const std::string& owner) const {
  const auto owns = [&](const account_id& id) { return account(id)->owner == owner; };
  return owns(t.from) || owns(t.to);
}

bool memory_books::shows(const transfer_record& t, const transfer_filter& f) const {
  if (f.account && t.from != *f.account && t.to != *f.account) return false;
  if (f.owner && !owned_by(t, *f.owner)) return false;
  if (f.status && t.status != *f.status) return false;
  if (f.from && times_[t.first_sequence - 1] < *f.from) return false;
  if (f.to && times_[t.first_sequence - 1] >= *f.to) return false;
  return !f.text || matches(t, *f.text);
}

page<transfer_record> memory_books::transfers(const transfer_filter& filter) const {
  page<transfer_record> found;
  const std::uint64_t end = filter.before == 0 ? sequence_ : std::min(filter.before - 1, sequence_);
  for (std::uint64_t sequence = end; sequence != 0 && !found.more; --sequence) {
    const transfer_record* t = transfer(transfer_id(entries_[sequence - 1].object));
    if (t == nullptr || t->first_sequence != sequence || !shows(*t, filter)) continue;
    found.more = found.rows.size() == filter.limit;
    if (!found.more) found.rows.push_back(*t);
  }
  return found;
}

std::optional<dated_balance> memory_books::balance_at(account_id id, wall_time at) const {
  const auto book = accounts_.find(id);
  if (book == accounts_.end() || book->second.record.created_at > at) return std::nullopt;
  dated_balance found;
  for (const std::size_t row : book->second.rows) {
    const ended_transfer& t = transfers_[row];
    if (t.transfer.posted_at > at) break;
    found = {t.transfer.from == id ? t.from_after : t.to_after, t.transfer.sequence};
  }
  return found;
}

statement memory_books::account_statement(account_id id, wall_time from, wall_time to,
                                          std::size_t limit) const {
  statement found;
  const auto book = accounts_.find(id);
  if (book == accounts_.end()) return found;
  for (const std::size_t row : book->second.rows) {
    const ended_transfer& t = transfers_[row];
    if (t.transfer.posted_at >= to) break;
    found.closing = t.transfer.from == id ? t.from_after : t.to_after;
    if (t.transfer.posted_at < from) {
      found.opening = found.closing;
    } else {
      found.rows.push_back({t.transfer, found.closing});
    }
  }
  found.more = found.rows.size() > limit;
  if (found.more) {
    const auto first = found.rows.end() - static_cast<std::ptrdiff_t>(limit);
    found.opening = std::prev(first)->balance_after;
    found.rows.erase(found.rows.begin(), first);
  }
  return found;
}

std::vector<owner_summary> memory_books::owners(const std::string& text,
                                                const std::optional<std::string>& only,
                                                std::size_t limit) const {
  std::map<std::string, std::uint64_t> counts;
  for (const auto& [id, book] : accounts_) {
    const account_record& a = book.record;
    const bool wanted = a.type != account_type::world && (!only || a.owner == *only);
    if (wanted && holds_text(a.owner, text)) ++counts[a.owner];
  }
  std::vector<owner_summary> found;
  for (const auto& [owner, accounts] : counts)
    if (found.size() < limit) found.push_back({owner, accounts});
  return found;
}

}  // namespace bank::storage
