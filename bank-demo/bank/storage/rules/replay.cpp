#include "bank/storage/rules/replay.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

template <class T>
std::string text_of(const T& value) {
  return std::to_string(value);
}

std::string named(const replayed_account& a) { return "account " + a.stored.id.str(); }
std::string named(const stored_account_entry& e) { return "entry " + text_of(e.sequence); }

/// The state after an entry of this kind in the state `now`; empty if not allowed.
std::optional<account_status> after_entry(const std::string& kind, account_status now) {
  if (kind == "frozen" && now == account_status::open) return account_status::frozen;
  if (kind == "unfrozen" && now == account_status::frozen) return account_status::open;
  if (kind == "closed" && now != account_status::closed) return account_status::closed;
  if (kind == "limit_changed" && now != account_status::closed) return now;
  return std::nullopt;
}

finding open(replayed_account& a, const stored_account_entry& e) {
  if (a.opened || a.is_world()) return named(e) + " opens " + named(a) + ", which is already open";
  a.opened = true;
  a.version = 1;
  a.limit = e.limit.value_or(0);
  return std::nullopt;
}

finding differs(const replayed_account& a, const std::string& what, const std::string& stored,
                const std::string& replayed) {
  return named(a) + " has " + what + " " + stored + ", but by its entries it should be " + replayed;
}

finding check(const replayed_account& a) {
  const account_record& s = a.stored;
  if (!a.opened) return named(a) + " exists, but no entry opens it";
  if (s.posted != a.balance)
    return differs(a, "the balance", text_of(s.posted), text_of(a.balance));
  if (s.status != a.status)
    return differs(a, "the state", std::string(to_string(s.status)),
                   std::string(to_string(a.status)));
  if (!a.is_world() && a.stored_limit.value_or(-1) != a.limit)
    return differs(a, "the overdraft limit", text_of(a.stored_limit.value_or(-1)),
                   text_of(a.limit));
  if (a.is_world() && a.stored_limit) return named(a) + " is a world account, but has a limit";
  if (a.stored_last != a.last)
    return differs(a, "the last transfer", text_of(a.stored_last), text_of(a.last));
  if (s.pending_in != a.pending_in)
    return differs(a, "pending in", text_of(s.pending_in), text_of(a.pending_in));
  if (s.pending_out != a.pending_out)
    return differs(a, "pending out", text_of(s.pending_out), text_of(a.pending_out));
  if (s.version != a.version)
    return differs(a, "the version", text_of(s.version), text_of(a.version));
  return std::nullopt;
}

}  // namespace

void ledger_replay::add(replayed_account a) {
  if (a.is_world()) {
    a.opened = true;
    a.version = 1;
  }
  const account_id id = a.stored.id;
  accounts_.emplace(id, std::move(a));
}

replayed_account* ledger_replay::find(const account_id& id) {
  const auto found = accounts_.find(id);
  return found == accounts_.end() ? nullptr : &found->second;
}

finding ledger_replay::take_sequence(std::uint64_t sequence) {
  if (sequence <= sequence_) return "sequence " + text_of(sequence) + " is in the ledger twice";
  if (sequence != sequence_ + 1)
    return "sequence " + text_of(sequence_ + 1) + " is missing from the ledger";
  sequence_ = sequence;
  return std::nullopt;
}

finding ledger_replay::apply(const stored_account_entry& e) {
  if (auto wrong = take_sequence(e.sequence)) return wrong;
  replayed_account* a = find(e.account);
  if (a == nullptr) return named(e) + " is for an account that does not exist";
  if (e.kind == "opened") return open(*a, e);
  const auto next = after_entry(e.kind, a->status);
  if (!a->opened || a->is_world() || !next)
    return named(e) + " (" + e.kind + ") does not fit " + named(*a) + ", which is " +
           std::string(to_string(a->status));
  if (*next == account_status::closed && a->balance != 0)
    return named(e) + " closes " + named(*a) + " with a balance of " + text_of(a->balance);
  if (*next == account_status::closed && (a->pending_in != 0 || a->pending_out != 0))
    return named(e) + " closes " + named(*a) + " with an open hold";
  const std::int64_t limit = e.limit.value_or(a->limit);
  const std::int64_t free = a->balance - a->pending_out;
  if (limit < a->limit && free < -limit)
    return named(e) + " sets the overdraft limit of " + named(*a) + " to " + text_of(limit) +
           ", above which its balance of " + text_of(free) + " already is";
  a->status = *next;
  a->limit = limit;
  ++a->version;
  return std::nullopt;
}

finding ledger_replay::check_sums() const {
  std::map<currency, __int128> sums;
  for (const auto& [id, a] : accounts_) sums[a.stored.unit] += a.stored.posted;
  for (const auto& [unit, sum] : sums)
    if (sum != 0)
      return "the balances in " + std::string(unit.code()) + " sum to " +
             text_of(static_cast<std::int64_t>(sum)) + ", not to 0";
  return std::nullopt;
}

finding ledger_replay::check_worlds() const {
  std::map<currency, std::size_t> worlds;
  for (const auto& [id, a] : accounts_) {
    worlds[a.stored.unit] += a.is_world() ? 1 : 0;
    if (a.is_world() && a.stored.id != world_account(a.stored.unit))
      return named(a) + " is a world account, but does not have the id of the world account of " +
             std::string(a.stored.unit.code());
  }
  for (const auto& [unit, count] : worlds)
    if (count != 1)
      return std::string(unit.code()) + " has " + text_of(count) + " world accounts instead of one";
  return std::nullopt;
}

finding ledger_replay::end() const {
  for (const auto& [id, open] : open_)
    return "transfer " + id.str() + " became " + open.kind + " with entry " +
           text_of(open.sequence) + ", but is neither open nor ended";
  std::vector<const replayed_account*> all;
  for (const auto& [id, a] : accounts_) all.push_back(&a);
  std::ranges::sort(all, {}, [](const replayed_account* a) { return a->stored.id; });
  for (const replayed_account* a : all)
    if (auto wrong = check(*a)) return wrong;
  if (auto wrong = check_worlds()) return wrong;
  return check_sums();
}

}  // namespace bank::storage
