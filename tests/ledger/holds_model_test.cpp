#include <array>
#include <map>
#include <random>

#include "ledger/holds_fixture.hpp"
#include "random_seed.hpp"

namespace lifeline::ledger::testing {
namespace {

using enum transfer_status;
using std::chrono::seconds;

constexpr std::size_t accounts = 4;
std::string name(std::size_t i) { return "account " + std::to_string(i); }

/// A transfer in the naive bank.
struct naive_transfer {
  std::size_t from = 0;
  std::size_t to = 0;
  std::int64_t asked = 0;
  bool two_phase = false;
  std::optional<seconds> expires_in;
  std::optional<wall_time> execute_at;
  std::optional<wall_time> expires_at;
  transfer_status status = posted;
  std::int64_t moved = 0;
  bool was_held = false;
  bool reversed = false;
  bool is_reversal = false;
};

/// Balances and transfers in maps; each request is decided by the contract's rules.
struct naive_bank {
  using verdict = std::optional<errc>;

  std::array<std::int64_t, accounts> posted_balance{};
  std::array<std::int64_t, accounts> held{};
  std::map<std::string, naive_transfer> transfers;

  std::int64_t free(std::size_t i) const { return posted_balance[i] - held[i]; }

  verdict become(naive_transfer& t, transfer_status status, wall_time now) {
    if (status != scheduled && t.asked > free(t.from)) return errc::insufficient_funds;
    t.status = status;
    if (status == posted) {
      posted_balance[t.from] -= t.asked;
      posted_balance[t.to] += t.asked;
      t.moved = t.asked;
    } else if (status == pending) {
      held[t.from] += t.asked;
      t.was_held = true;
      if (t.expires_in) t.expires_at = now + *t.expires_in;
    }
    return {};
  }
  verdict submit(const std::string& id, naive_transfer t, wall_time now) {
    const auto status = t.execute_at ? scheduled : t.two_phase ? pending : posted;
    const verdict refused = become(t, status, now);
    if (!refused) transfers[id] = t;
    return refused;
  }
  void end(naive_transfer& t, transfer_status status, std::int64_t moved) {
    if (t.status == pending) held[t.from] -= t.asked;
    posted_balance[t.from] -= moved;
    posted_balance[t.to] += moved;
    t.moved = moved;
    t.status = status;
  }
  verdict post(const std::string& id, std::optional<std::int64_t> amount, wall_time now) {
    if (!transfers.contains(id)) return errc::not_found;
    naive_transfer& t = transfers[id];
    const std::int64_t wanted = amount.value_or(t.asked);
    if (t.status == posted && t.was_held && t.moved == wanted) return {};
    if (t.status != pending) return errc::invalid_state;
    if (t.expires_at && *t.expires_at <= now) {
      end(t, expired, 0);
      return errc::invalid_state;
    }
    if (wanted > t.asked) return errc::amount_above_hold;
    end(t, posted, wanted);
    return {};
  }
  verdict make_void(const std::string& id) {
    if (!transfers.contains(id)) return errc::not_found;
    naive_transfer& t = transfers[id];
    if (t.status == voided) return {};
    if (!is_open(t.status)) return errc::invalid_state;
    end(t, voided, 0);
    return {};
  }
  void execute_due(wall_time now) {
    std::map<std::pair<wall_time, uuid>, std::string> due;
    for (const auto& [id, t] : transfers) {
      const auto at = t.status == scheduled ? t.execute_at
                      : t.status == pending ? t.expires_at
                                            : std::nullopt;
      if (at && *at <= now) due[{*at, transfer(id)}] = id;
    }
    for (const auto& [place, id] : due) {
      naive_transfer& t = transfers[id];
      if (t.status == pending) {
        end(t, expired, 0);
      } else if (become(t, t.two_phase ? pending : posted, now)) {
        t.status = rejected;
      }
    }
  }
};

class holds_model : public holds_fixture {
 protected:
  holds_model() {
    for (std::size_t i = 0; i < accounts; ++i) open_with(name(i), 500);
  }

  std::uint64_t below(std::uint64_t n) { return random_() % n; }

  naive_transfer any_transfer() {
    naive_transfer t;
    t.from = below(accounts);
    t.to = (t.from + 1 + below(accounts - 1)) % accounts;
    t.asked = static_cast<std::int64_t>(below(250) + 1);
    t.two_phase = below(2) == 0;
    if (t.two_phase && below(2) == 0) t.expires_in = seconds(below(40) + 1);
    if (below(4) == 0) t.execute_at = clock_.wall_now() + seconds(below(40));
    return t;
  }
  static transfer_record request(const std::string& id, const naive_transfer& t) {
    transfer_record r = transfer_of(id, account(name(t.from)), account(name(t.to)), t.asked);
    r.two_phase = t.two_phase;
    r.expires_in = t.expires_in;
    r.execute_at = t.execute_at;
    return r;
  }

  /// Each account's balance and holds match its transfers, and it can spend its available funds.
  void expect_balances(const std::array<std::int64_t, accounts>& posted_balance,
                       const std::array<std::int64_t, accounts>& held) {
    for (std::size_t i = 0; i < accounts; ++i) {
      const auto a = store_.find_account(rt_.background(), account(name(i)))->value();
      EXPECT_EQ(a.posted, posted_balance[i]) << name(i);
      EXPECT_EQ(a.pending_out, held[i]) << name(i);
      EXPECT_GE(a.posted - a.pending_out, 0);
    }
    expect_sums_of_zero();
  }
  void expect_all_free_can_be_spent() {
    for (std::size_t i = 0; i < accounts; ++i) {
      const auto a = store_.find_account(rt_.background(), account(name(i)))->value();
      const std::int64_t free = a.posted - a.pending_out;
      const auto sweep = [&](const std::string& id, std::int64_t amount) {
        return submit(transfer_of(id, account(name(i)), account("bob"), amount)).refused;
      };
      EXPECT_EQ(code(sweep("over " + name(i), free + 1)), errc::insufficient_funds);
      if (free > 0) {
        EXPECT_FALSE(sweep("sweep " + name(i), free)) << name(i) << " still has a reservation";
      }
    }
  }

  std::mt19937_64 random_{lifeline::testing::random_seed()};
};

TEST_F(holds_model, agrees_with_a_naive_bank_on_every_answer) {
  naive_bank bank;
  bank.posted_balance.fill(500);
  std::vector<std::string> ids;
  for (int i = 0; i < 2'500 && !HasFailure(); ++i) {
    const std::string known = ids.empty() ? "none" : ids[below(ids.size())];
    const wall_time now = clock_.wall_now();
    SCOPED_TRACE("step " + std::to_string(i) + " on " + known);
    switch (below(10)) {
      case 0:
      case 1:
      case 2: {
        const std::string id = "t" + std::to_string(i);
        const naive_transfer t = any_transfer();
        EXPECT_EQ(code(submit(request(id, t)).refused), bank.submit(id, t, now));
        ids.push_back(id);
        break;
      }
      case 3:
      case 4: {
        std::optional<std::int64_t> amount;
        if (below(2) == 0) amount = static_cast<std::int64_t>(below(250) + 1);
        EXPECT_EQ(code(post(known, amount).refused), bank.post(known, amount, now));
        break;
      }
      case 5: EXPECT_EQ(code(make_void(known).refused), bank.make_void(known)); break;
      case 6: {
        const auto stored = found(known);
        const auto back = reversal_of(stored);
        if (!bank.transfers.contains(known) || !back) break;
        naive_transfer& t = bank.transfers[known];
        EXPECT_EQ(t.status, posted);
        const bool poor = !t.reversed && t.moved > bank.free(t.to);
        const auto answer = submit(repeatable(*back));
        EXPECT_EQ(code(answer.refused),
                  poor ? std::optional(errc::insufficient_funds) : std::nullopt);
        EXPECT_EQ(answer.replayed, t.reversed);
        if (!poor && !t.reversed) {
          bank.posted_balance[t.to] -= t.moved;
          bank.posted_balance[t.from] += t.moved;
          t.reversed = true;
        }
        break;
      }
      case 7: clock_.advance(seconds(below(15))); break;
      case 8:
        for (const auto& a : execute_all_due()) EXPECT_FALSE(a.refused);
        bank.execute_due(now);
        break;
      default:
        if (below(10) == 0) restart();
        break;
    }
    if (i % 50 == 0) expect_balances(bank.posted_balance, bank.held);
  }
  expect_balances(bank.posted_balance, bank.held);
  for (const auto& [id, t] : bank.transfers) EXPECT_EQ(found(id).status, t.status) << id;
  expect_entries_without_gaps();
  expect_all_free_can_be_spent();
}

/// Many clients at once, with a store that fails in every way. Afterwards acknowledged requests are
/// stored, each hold ended once, and balances match the stored transfers.
TEST_F(holds_model, keeps_every_invariant_under_trouble_and_races) {
  struct open_request {
    std::string id;
    transfer_status wanted;
    std::future<transfer_answer> answer;
  };
  std::vector<std::string> ids;
  std::map<std::string, transfer_status> ended_as;  // acknowledged
  for (int round = 0; round < 100; ++round) {
    if (below(3) == 0) fail_some_commit(random_);
    std::vector<open_request> open;
    for (int i = 0; i < 8; ++i) {
      const std::string id = std::to_string(round) + "/" + std::to_string(i);
      const naive_transfer t = any_transfer();
      open.push_back({id, scheduled, submit_later(repeatable(request(id, t)))});
      if (ids.empty()) continue;
      // Resolutions race for the youngest transfers.
      const std::string& target = ids[ids.size() - 1 - below(std::min<std::size_t>(ids.size(), 8))];
      if (below(2) == 0) {
        open.push_back({target, posted, post_later(target)});
      } else {
        open.push_back({target, voided, void_later(target)});
      }
    }
    std::vector<transfer_record> listed;
    if (const auto due = store_.due(rt_.background(), clock_.wall_now(), {}, 100))
      listed = due->transfers;
    for (const auto& t : listed)
      open.push_back({"", expired,
                      ask_later<transfer_answer>(books_->processor_of(t.id), rt_.background(),
                                                 execute_due{t})});
    for (auto& o : open) {
      const auto a = o.answer.get();
      if (o.wanted == scheduled) ids.push_back(o.id);
      if (a.refused || is_open(o.wanted) || o.id.empty()) continue;
      const auto [known, is_new] = ended_as.emplace(o.id, o.wanted);
      EXPECT_EQ(known->second, o.wanted) << o.id << " ended twice";
    }
    while (!books_->healthy()) clock_.advance(std::chrono::milliseconds(250));
    clock_.advance(seconds(below(10)));
    if (below(10) == 0) restart();
  }
  heal();

  std::array<std::int64_t, accounts> posted_balance{};
  std::array<std::int64_t, accounts> held{};
  posted_balance.fill(500);
  const auto index = [](account_id id) {
    for (std::size_t i = 0; i < accounts; ++i)
      if (account(name(i)) == id) return i;
    return accounts;
  };
  for (const std::string& id : ids) {
    const auto t = store_.find_transfer(rt_.background(), transfer(id)).value();
    if (!t) continue;
    if (t->status == pending) held[index(t->from)] += t->amount.minor;
    if (t->status != posted) continue;
    posted_balance[index(t->from)] -= t->amount.minor;
    posted_balance[index(t->to)] += t->amount.minor;
    if (t->held) {
      EXPECT_LE(t->amount.minor, *t->held);
    }
  }
  for (const auto& [id, status] : ended_as) EXPECT_EQ(found(id).status, status) << id;
  EXPECT_GT(ended_as.size(), 20U);
  expect_balances(posted_balance, held);
  expect_entries_without_gaps();
  expect_all_free_can_be_spent();
}

}  // namespace
}  // namespace lifeline::ledger::testing
