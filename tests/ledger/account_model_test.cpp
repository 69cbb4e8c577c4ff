#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "ledger/account_legs.hpp"
#include "random_seed.hpp"

// An account beside a naive one, which keeps a list of transfers and adds it up for each question.

namespace lifeline::ledger::testing {
namespace {

using enum transfer_status;

/// One transfer at the account.
struct naive_move {
  bool debit = false;
  transfer_status becomes = posted;
  std::int64_t minor = 0;
  bool durable = false;  ///< of a hold: it was opened
  bool ending = false;
  std::int64_t posting = 0;  ///< how much its end posts
  std::uint64_t attempt = 0;

  bool in_progress() const { return !durable || ending; }
  bool is_hold() const { return becomes == pending; }
  balance_change change() const {
    const auto changes =
        ending ? changes_of({posting != 0 ? posted : voided, pending, posting, {}}, minor)
               : changes_of_opening(becomes, minor);
    return debit ? changes.from : changes.to;
  }
};

struct naive_account {
  account_record record;
  std::map<int, naive_move> moves = {};
  std::optional<account_change> changing = {};

  template <class Which>
  std::int64_t sum(bool debit, Which which) const {
    std::int64_t all = 0;
    for (const auto& [id, m] : moves)
      if (m.debit == debit && m.becomes != scheduled && which(m)) all += m.minor;
    return all;
  }
  std::int64_t opening(bool debit) const {
    return sum(debit, [](const auto& m) { return !m.durable; });
  }
  std::int64_t durable_holds(bool debit) const {
    return sum(debit, [](const auto& m) { return m.durable; });
  }
  std::int64_t holds(bool debit) const {
    return sum(debit, [](const auto& m) { return m.is_hold(); });
  }
  bool any_in_progress() const {
    return std::ranges::any_of(moves, [](const auto& m) { return m.second.in_progress(); });
  }
  std::int64_t spendable(std::int64_t limit) const {
    return record.posted + limit - durable_holds(true) - opening(true);
  }
  std::int64_t spendable() const {
    const auto next = changing ? changing->overdraft_limit : std::nullopt;
    return spendable(std::min(record.overdraft_limit, next.value_or(max_minor)));
  }
  std::int64_t room() const { return max_minor - record.posted - durable_holds(false); }

  bool is(account_status s) const {
    return record.status == s || (changing && changing->status == s);
  }
  std::optional<errc> refusal(const naive_move& m, bool known, currency unit, bool others) const {
    if (others && (m.debit || m.ending)) return errc::forbidden;
    if (known) return errc::in_progress;
    if (m.ending) return std::nullopt;
    if (is(account_status::closed)) return errc::account_closed;
    if (is(account_status::frozen)) return errc::account_frozen;
    if (unit != record.unit) return errc::currency_mismatch;
    if (m.becomes == scheduled) return std::nullopt;
    if (m.debit && m.minor > spendable()) return errc::insufficient_funds;
    if (!m.debit && m.minor > room() - opening(false)) return errc::balance_limit;
    if (m.is_hold() && m.minor > max_minor - holds(m.debit)) return errc::balance_limit;
    return std::nullopt;
  }
  /// Whether the refusal may be lifted once all that is in progress has ended well.
  bool may_lift(const naive_move& m, errc why) const {
    if (why == errc::account_frozen) return changing && changing->status == account_status::open;
    if (why == errc::balance_limit && !m.debit)
      return m.minor <= room() && (!m.is_hold() || m.minor <= max_minor - durable_holds(false));
    if (why != errc::insufficient_funds) return false;
    const auto next = changing ? changing->overdraft_limit : std::nullopt;
    std::int64_t most = spendable(next.value_or(record.overdraft_limit));
    for (const auto& [id, other] : moves) {
      if (!other.durable && other.becomes == posted && !other.debit) most += other.minor;
      if (other.ending) most += other.debit ? other.minor - other.posting : other.posting;
    }
    return m.minor <= most;
  }

  void settle(int id) {
    naive_move& m = moves.at(id);
    record.posted += m.change().posted;
    if (!m.change().is_nothing()) ++record.version;
    if (m.is_hold() && !m.ending) {
      m.durable = true;
    } else {
      moves.erase(id);
    }
  }
  void release(int id) {
    naive_move& m = moves.at(id);
    if (m.ending) {
      m.ending = false;
    } else {
      moves.erase(id);
    }
  }
  account_record as_stored() const {
    account_record r = record;
    r.pending_out = durable_holds(true);
    r.pending_in = durable_holds(false);
    return r;
  }
};

/// An account with a durable hold, so that one of its bounds is near.
naive_account starting(std::int64_t balance, std::int64_t limit, std::int64_t held_for,
                       std::int64_t held_from) {
  naive_account n{account_of("alice", balance)};
  n.record.overdraft_limit = limit;
  n.moves[-1] = {false, pending, held_for, true};
  n.moves[-2] = {true, pending, held_from, true};
  return n;
}

class random_account {
 public:
  random_account(naive_account start, std::mt19937_64& random)
      : random_(random), naive_(std::move(start)), real_(naive_.as_stored()) {}

  void step() {
    const int id = static_cast<int>(below(40));
    const auto known = naive_.moves.find(id);
    const bool is_known = known != naive_.moves.end();
    if (below(naive_.changing ? 4 : 15) == 0) {
      change();
    } else if (is_known && below(2) == 0) {
      end(id, known->second);
    } else {
      take(id, is_known ? known->second : naive_move{});
    }
    EXPECT_EQ(real_.record(), naive_.as_stored());
    EXPECT_EQ(real_.spendable(), naive_.spendable());
    EXPECT_EQ(real_.reserved(), naive_.opening(true));
    EXPECT_EQ(real_.incoming(), naive_.opening(false));
    EXPECT_EQ(real_.may_rest(), !naive_.any_in_progress() && !naive_.changing);
  }

 private:
  std::int64_t below(std::uint64_t n) { return static_cast<std::int64_t>(random_() % n); }

  /// Opens a transfer, begins the end of a hold, or repeats one that is in progress. Most new
  /// transfers use what is short.
  void take(int id, naive_move m) {
    const bool in_progress = m.minor != 0 && m.in_progress();
    if (m.minor == 0) {
      const bool funds_are_short = naive_.spendable() < naive_.room();
      m = {(below(3) != 0) == funds_are_short,
           std::array{posted, pending, scheduled}[random_() % 3],
           1 + below(below(4) == 0 ? 3'000 : 500)};
    } else if (!in_progress) {
      m.ending = true;
      m.posting = std::array{std::int64_t{0}, m.minor / 2, m.minor}[random_() % 3];
    }
    const auto kind = m.ending ? leg_kind::end : m.debit ? leg_kind::debit : leg_kind::credit;
    const currency unit = below(20) == 0 ? eur : usd;
    const std::optional<std::string> owner =
        std::array<std::optional<std::string>, 4>{{{}, {}, "alice", "mallory"}}[random_() % 4];
    const std::uint64_t attempt = random_() % 3;
    const auto why = naive_.refusal(m, in_progress, unit, owner == "mallory");
    const auto refused = real_.take(
        {account("alice"), transfer(std::to_string(id)), kind, unit, m.change()}, owner, attempt);
    ASSERT_EQ(code(refused), why);
    if (why) {
      EXPECT_EQ(refused->may_lift, naive_.may_lift(m, *why)) << to_string(*why);
    } else {
      m.attempt = attempt;
      naive_.moves[id] = m;
    }
  }

  void end(int id, const naive_move& m) {
    const auto t = transfer(std::to_string(id));
    const std::uint64_t attempt = random_() % 4 == 0 ? m.attempt + 1 : m.attempt;
    const bool ends = m.in_progress() && attempt == m.attempt;
    const bool durable = below(3) != 0;
    ASSERT_EQ(durable ? real_.settle(t, attempt) : real_.release(t, attempt), ends);
    if (ends) durable ? naive_.settle(id) : naive_.release(id);
  }

  /// Closed accounts stay closed, so few are closed.
  void change() {
    if (naive_.changing && below(4) != 0) {
      const bool durable = below(2) == 0 && naive_.changing->status != account_status::closed;
      real_.end_change(durable);
      if (durable) naive_.record = changed(naive_.record, *naive_.changing);
      naive_.changing.reset();
      return;
    }
    account_change c;
    if (below(4) == 0) c.status = account_status{static_cast<std::uint8_t>(below(3))};
    if (naive_.record.status == account_status::frozen) c.status = account_status::open;
    if (below(2) == 0) c.overdraft_limit = naive_.record.overdraft_limit + below(200) - 100;
    auto why = refusal_of(naive_.as_stored(), c, {naive_.opening(true), naive_.any_in_progress()});
    if (naive_.changing) why = failure{errc::in_progress, outcome::none, ""};
    ASSERT_EQ(code(real_.begin_change(c)), code(why));
    if (!why) naive_.changing = c;
  }

  std::mt19937_64& random_;
  naive_account naive_;
  account_state real_;
};

TEST(account_state, agrees_with_a_naive_model_over_random_histories) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  constexpr std::int64_t near = max_minor - 1'000;
  for (const naive_account& start :
       {starting(1'000, 200, 0, 0), starting(near, 0, 0, 0), starting(-near, max_minor, near, 0),
        starting(near, max_minor, 0, near)}) {
    random_account account(start, random);
    for (int i = 0; i < 5'000 && !HasFailure(); ++i) account.step();
  }
}

}  // namespace
}  // namespace lifeline::ledger::testing
