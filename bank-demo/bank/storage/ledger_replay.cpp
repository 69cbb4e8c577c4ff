#include "bank/storage/ledger_replay.hpp"

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
std::string named(const stored_transfer& t) { return "transfer " + text_of(t.sequence); }
std::string named(const stored_account_entry& e) { return "entry " + text_of(e.sequence); }

/// The state that an entry of this kind leads to from `now`, if it may.
std::optional<account_status> after_entry(const std::string& kind, account_status now) {
  if (kind == "frozen" && now == account_status::open) return account_status::frozen;
  if (kind == "unfrozen" && now == account_status::frozen) return account_status::open;
  if (kind == "closed" && now != account_status::closed) return account_status::closed;
  if (kind == "limit_changed" && now != account_status::closed) return now;
  return std::nullopt;
}

finding open(replayed_account& a, const stored_account_entry& e) {
  if (a.opened || a.is_world())
    return named(e) + " opens " + named(a) + ", which was there already";
  a.opened = true;
  a.version = 1;
  a.limit = e.limit.value_or(0);
  return std::nullopt;
}

finding differs(const replayed_account& a, const std::string& what, const std::string& stored,
                const std::string& replayed) {
  return named(a) + " has " + what + " " + stored + ", but its entries make it " + replayed;
}

finding check(const replayed_account& a) {
  const account_record& s = a.stored;
  if (!a.opened) return named(a) + " is there, but no entry opens it";
  if (s.posted != a.balance)
    return differs(a, "the balance", text_of(s.posted), text_of(a.balance));
  if (s.status != a.status)
    return differs(a, "the state", std::string(to_string(s.status)),
                   std::string(to_string(a.status)));
  if (!a.is_world() && a.stored_limit.value_or(-1) != a.limit)
    return differs(a, "the overdraft limit", text_of(a.stored_limit.value_or(-1)),
                   text_of(a.limit));
  if (a.is_world() && a.stored_limit) return named(a) + " is the world, but has a limit";
  if (a.stored_last != a.last)
    return differs(a, "the last transfer", text_of(a.stored_last), text_of(a.last));
  if (s.version != a.version)
    return differs(a, "the version", text_of(s.version), text_of(a.version));
  // Where transfers can be pending, their amounts are summed up per account by the walk.
  if (s.pending_in != 0 || s.pending_out != 0)
    return named(a) + " has " + text_of(s.pending_in) + " pending in and " +
           text_of(s.pending_out) + " pending out, but no transfer is pending";
  return std::nullopt;
}

}  // namespace

void ledger_replay::add(std::int64_t number, replayed_account a) {
  if (a.is_world()) {
    a.opened = true;
    a.version = 1;
  }
  accounts_.emplace(number, std::move(a));
}

replayed_account* ledger_replay::find(std::int64_t number) {
  const auto found = accounts_.find(number);
  return found == accounts_.end() ? nullptr : &found->second;
}

finding ledger_replay::take_sequence(std::uint64_t sequence) {
  if (sequence <= sequence_) return "sequence " + text_of(sequence) + " stands twice in the ledger";
  if (sequence != sequence_ + 1)
    return "sequence " + text_of(sequence_ + 1) + " is missing from the ledger";
  sequence_ = sequence;
  return std::nullopt;
}

finding ledger_replay::check_side(const stored_transfer& t, const stored_transfer::side& s) {
  const replayed_account* a = find(s.account);
  if (a == nullptr || !a->opened) return named(t) + " is of an account that was not opened";
  if (a->stored.unit.code() != t.currency)
    return named(t) + " is in " + t.currency + ", but " + named(*a) + " is in " +
           std::string(a->stored.unit.code());
  if (a->status == account_status::closed)
    return named(t) + " moves money of " + named(*a) + ", which is closed";
  if (s.previous != a->last)
    return named(t) + " names " + text_of(s.previous) + " as the transfer before it of " +
           named(*a) + ", which is " + text_of(a->last);
  return std::nullopt;
}

finding ledger_replay::move(const stored_transfer& t, const stored_transfer::side& s,
                            std::int64_t change) {
  replayed_account& a = *find(s.account);
  const auto balance = add_minor(a.balance, change);
  if (!balance) return named(t) + " brings " + named(a) + " beyond the range of balances";
  if (change < 0 && !a.is_world() && *balance < -a.limit)
    return named(t) + " brings " + named(a) + " to " + text_of(*balance) +
           ", below its overdraft limit of " + text_of(a.limit);
  if (*balance != s.balance_after)
    return named(t) + " says that " + named(a) + " then had " + text_of(s.balance_after) +
           ", but its entries make it " + text_of(*balance);
  a.balance = *balance;
  a.last = t.sequence;
  ++a.version;
  return std::nullopt;
}

finding ledger_replay::apply(const stored_transfer& t) {
  if (auto wrong = take_sequence(t.sequence)) return wrong;
  ++transfers_;
  if (t.from.account == t.to.account) return named(t) + " has the same account on both sides";
  if (t.amount < 1 || t.amount > max_minor)
    return named(t) + " has the amount " + text_of(t.amount);
  if (t.status != to_string(transfer_status::posted) || !t.has_time)
    return named(t) + " is \"" + t.status + "\"" + (t.has_time ? "" : ", without a time,") +
           " but stands among those that are posted";
  for (const auto* side : {&t.from, &t.to})
    if (auto wrong = check_side(t, *side)) return wrong;
  if (auto wrong = move(t, t.from, -t.amount)) return wrong;
  return move(t, t.to, t.amount);
}

finding ledger_replay::apply(const stored_account_entry& e) {
  if (auto wrong = take_sequence(e.sequence)) return wrong;
  replayed_account* a = find(e.account);
  if (a == nullptr) return named(e) + " is of an account that there is not";
  if (e.kind == "opened") return open(*a, e);
  const auto next = after_entry(e.kind, a->status);
  if (!a->opened || a->is_world() || !next)
    return named(e) + " (" + e.kind + ") does not fit " + named(*a) + ", which is " +
           std::string(to_string(a->status));
  if (*next == account_status::closed && a->balance != 0)
    return named(e) + " closes " + named(*a) + " with a balance of " + text_of(a->balance);
  const std::int64_t limit = e.limit.value_or(a->limit);
  if (limit < a->limit && a->balance < -limit)
    return named(e) + " sets the overdraft limit of " + named(*a) + " to " + text_of(limit) +
           ", above which its balance of " + text_of(a->balance) + " already is";
  a->status = *next;
  a->limit = limit;
  ++a->version;
  return std::nullopt;
}

finding ledger_replay::check_sums() const {
  std::map<currency, __int128> sums;
  for (const auto& [number, a] : accounts_) sums[a.stored.unit] += a.stored.posted;
  for (const auto& [unit, sum] : sums)
    if (sum != 0)
      return "the balances in " + std::string(unit.code()) + " sum to " +
             text_of(static_cast<std::int64_t>(sum)) + ", not to 0";
  return std::nullopt;
}

finding ledger_replay::check_worlds() const {
  std::map<currency, std::size_t> worlds;
  for (const auto& [number, a] : accounts_) {
    worlds[a.stored.unit] += a.is_world() ? 1 : 0;
    if (a.is_world() && a.stored.id != world_account(a.stored.unit))
      return named(a) + " is a world account, but has not the identifier of " +
             std::string(a.stored.unit.code()) + "'s";
  }
  for (const auto& [unit, count] : worlds)
    if (count != 1)
      return std::string(unit.code()) + " has " + text_of(count) + " world accounts, not one";
  return std::nullopt;
}

finding ledger_replay::end() const {
  std::vector<const replayed_account*> all;
  for (const auto& [number, a] : accounts_) all.push_back(&a);
  std::ranges::sort(all, {}, [](const replayed_account* a) { return a->stored.id; });
  for (const replayed_account* a : all)
    if (auto wrong = check(*a)) return wrong;
  if (auto wrong = check_worlds()) return wrong;
  return check_sums();
}

}  // namespace bank::storage
