#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "lifeline/ledger/core/account_state.hpp"
#include "random_seed.hpp"
#include "storage/ledger_store_fixture.hpp"

// No store refuses what the accounts accept: no client's request may end as a violated rule.

namespace bank::storage::tests {

using enum transfer_status;

/// Accounts as in their actors, with a store that commits what they accept: in any order, in
/// batches, and before the accounts know the outcome of earlier ones.
template <class Backend>
class ledger_store_bounds : public any_ledger_store<Backend> {
 protected:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

  void open_all() {
    const std::array<std::int64_t, 6> limits{0, max_minor, max_minor, max_minor / 2, 1'000, 0};
    for (std::uint32_t n = 1; n <= limits.size(); ++n)
      this->commit({open(account(n, limits[n - 1]))});
    load(world_account(usd));
    for (std::uint32_t n = 1; n <= limits.size(); ++n) load(acct(n));
  }
  void load(account_id id) {
    ids_.push_back(id);
    accounts_.insert_or_assign(id, account_state(this->stored(id)));
  }
  account_state& state(const account_id& id) { return accounts_.at(id); }

  std::int64_t any_amount() {
    const std::array<std::int64_t, 6> all{
        1, max_minor, max_minor - 1, max_minor / 2, max_minor / 3, 1'000};
    const std::int64_t some = all[below(all.size())];
    return one_in(2) ? some
                     : 1 + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(some)));
  }

  // -- requests to the accounts; each returns an entry if accepted --------------------------------

  struct step {
    entry what;
    std::function<void(bool)> end;  ///< reports its end to the accounts
  };
  void pass(entry what, std::function<void(bool)> end) {
    passed_.push_back({std::move(what), std::move(end)});
  }
  /// Both sides, or neither.
  bool begin(const transfer_record& t, std::optional<transfer_status> expects) {
    const std::uint64_t attempt = ++attempts_;
    const transfer_legs legs = legs_of_opening(t);
    if (note(take(legs.from, attempt), "reserve")) return false;
    if (note(take(legs.to, attempt), "accept")) {
      state(t.from).release(t.id, attempt);
      return false;
    }
    pass(transfer_entry{t, {}, expects}, [this, t, attempt](bool durable) {
      for (const auto& side : {t.from, t.to})
        durable ? state(side).settle(t.id, attempt) : state(side).release(t.id, attempt);
      if (durable && is_open(t.status)) open_[t.id] = t;
    });
    return true;
  }
  std::optional<failure> take(const leg& l, std::uint64_t attempt) {
    auto refused = state(l.account).take(l, {}, attempt);
    return refused ? std::optional(std::move(refused->why)) : std::nullopt;
  }
  bool note(const std::optional<failure>& refused, const std::string& at) {
    if (refused) refusals_.insert({at, refused->code});
    return refused.has_value();
  }

  void begin_any() {
    const account_id from = ids_[below(ids_.size())];
    const account_id to = ids_[below(ids_.size())];
    if (from == to) return;
    transfer_record t = transfer(++made_, from, to, any_amount());
    t.two_phase = !one_in(3);
    if (one_in(5)) t.execute_at = noon;
    t.status = t.execute_at ? scheduled : t.two_phase ? pending : posted;
    begin(t, {});
  }
  std::optional<transfer_record> take_open(transfer_status s) {
    std::vector<transfer_record> fitting;
    for (const auto& [id, t] : open_)
      if (t.status == s) fitting.push_back(t);
    if (fitting.empty()) return std::nullopt;
    auto some = fitting[below(fitting.size())];
    open_.erase(some.id);
    return some;
  }
  void execute_any() {
    const auto waiting = take_open(scheduled);
    if (!waiting) return;
    transfer_record due = *waiting;
    due.status = due.two_phase ? pending : posted;
    if (!begin(due, scheduled)) open_[due.id] = *waiting;
  }
  void end_any() {
    const auto t = take_open(pending);
    if (!t) return;
    resolution r{std::array{posted, voided, expired}[below(3)], pending, 0, {}};
    if (r.becomes == posted)
      r.minor =
          one_in(2)
              ? t->amount.minor
              : 1 + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(t->amount.minor)));
    const std::uint64_t attempt = ++attempts_;
    const transfer_legs legs = legs_of_end(*t, r);
    EXPECT_FALSE(take(legs.from, attempt));
    EXPECT_FALSE(take(legs.to, attempt));
    pass(resolve_entry{t->id, r, {}}, [this, t = *t, attempt](bool durable) {
      for (const auto& side : {t.from, t.to})
        durable ? state(side).settle(t.id, attempt) : state(side).release(t.id, attempt);
      if (!durable) open_[t.id] = t;
    });
  }
  void change_any() {
    const account_id id = ids_[below(ids_.size())];
    const std::array<account_change, 5> all{to_frozen, to_open, to_open, to_limit(any_amount()),
                                            one_in(20) ? to_closed : to_limit(0)};
    const account_change c = all[below(all.size())];
    const account_record before = state(id).record();
    if (is_as_wanted(before, c) || note(state(id).begin_change(c), "change")) return;
    pass(change_entry{id, before.status, before.overdraft_limit, c},
         [this, id](bool durable) { state(id).end_change(durable); });
  }

  // -- the journal --------------------------------------------------------------------------------

  /// Commits accepted entries in any order; the accounts get the outcome later.
  void commit_passed() {
    std::ranges::shuffle(passed_, random_);
    while (!passed_.empty()) {
      const std::size_t n = 1 + below(passed_.size());
      std::vector<entry> entries;
      for (std::size_t i = 0; i < n; ++i) entries.push_back(passed_[i].what);
      const auto b = this->make(std::move(entries));
      const commit_result r = this->store().commit(b);
      ASSERT_EQ(r.index(), 0U) << "error " << static_cast<int>(std::get<1>(r)) << " of a batch of "
                               << n << ", the first about "
                               << std::visit([](const auto& e) { return named(e); }, b.entries[0]);
      for (std::size_t i = 0; i < n; ++i)
        ends_.push_back([end = passed_[i].end, ok = std::get<0>(r).results[i].outcome ==
                                                    entry_outcome::committed] { end(ok); });
      passed_.erase(passed_.begin(), passed_.begin() + static_cast<std::ptrdiff_t>(n));
    }
  }
  template <class Entry>
  static std::string named(const Entry& e) {
    if constexpr (std::is_same_v<Entry, transfer_entry>)
      return std::string(to_string(e.transfer.status)) + " " +
             std::to_string(e.transfer.amount.minor);
    if constexpr (std::is_same_v<Entry, resolve_entry>)
      return std::string(to_string(e.what.becomes));
    return "an account";
  }
  void tell_some(bool all) {
    std::ranges::shuffle(ends_, random_);
    while (!ends_.empty() && (all || !one_in(3))) {
      ends_.back()();
      ends_.pop_back();
    }
  }
  void expect_accounts_as_stored() {
    tell_some(true);
    for (const account_id& id : ids_) EXPECT_EQ(state(id).record(), this->stored(id)) << id.str();
  }

  std::mt19937_64 random_{lifeline::testing::random_seed()};
  std::vector<account_id> ids_;
  std::map<account_id, account_state> accounts_;
  std::map<transfer_id, transfer_record> open_;  ///< transfers without a running request
  std::vector<step> passed_;
  std::vector<std::function<void()>> ends_;
  std::set<std::pair<std::string, errc>> refusals_;
  std::uint32_t made_ = 0;
  std::uint64_t attempts_ = 0;
};
TYPED_TEST_SUITE(ledger_store_bounds, every_store, store_names);

TYPED_TEST(ledger_store_bounds, are_kept_by_the_accounts_before_the_store_is_asked) {
  this->open_all();
  for (int round = 0; round < 400 && !this->HasFailure(); ++round) {
    for (std::uint64_t n = 1 + this->below(25); n > 0; --n) {
      switch (this->below(8)) {
        case 0: this->execute_any(); break;
        case 1:
        case 2:
        case 3: this->end_any(); break;
        case 4: this->change_any(); break;
        default: this->begin_any(); break;
      }
    }
    this->tell_some(false);
    this->commit_passed();
    this->tell_some(false);
    if (round % 20 == 0) this->expect_accounts_as_stored();
  }
  this->expect_accounts_as_stored();
  EXPECT_GT(this->last(), 500U) << "too little passed to tell";
  for (const auto& [at, why] : {std::pair<std::string, errc>{"reserve", errc::insufficient_funds},
                                {"reserve", errc::balance_limit},
                                {"accept", errc::balance_limit}})
    EXPECT_TRUE(this->refusals_.contains({at, why})) << at << ": " << to_string(why);
}

}  // namespace bank::storage::tests
