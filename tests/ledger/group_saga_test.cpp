#include "lifeline/ledger/core/transfer_batch.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "ledger/builders.hpp"
#include "lifeline/ledger/core/account_state.hpp"
#include "lifeline/ledger/core/kept_refusals.hpp"
#include "random_seed.hpp"

namespace lifeline::ledger::testing {
namespace {

using lifeline_errc = lifeline::errc;
constexpr auto alive = lifeline_errc::none;

/// Simple accounts around one saga, answering in any order chosen by the test.
struct bank {
  std::map<account_id, account_state> accounts;
  std::vector<account_legs> asked;  ///< not yet answered
  std::map<account_id, int> times_asked;
  std::optional<group_saga> saga;
  std::mt19937_64 random{1};
  bool append = false;
  bool look_up = false;
  bool answered = false;

  void add(const std::string& name, std::int64_t balance,
           account_status status = account_status::open) {
    account_record a = account_of(name, balance);
    a.status = status;
    accounts.emplace(a.id, account_state(a));
  }
  account_state& state(const std::string& name) { return accounts.at(account(name)); }

  void obey(group_saga::orders o) {
    for (const auto& back : o.release)
      for (const auto& t : back.transfers) accounts.at(back.account).release(t, 1);
    for (auto& legs : o.reserve) {
      ++times_asked[legs.account];
      asked.push_back(std::move(legs));
    }
    append |= o.append;
    look_up |= o.look_up;
    answered |= o.answer;
  }
  void start(std::vector<batch_item> items, bool atomic = false,
             std::optional<std::string> digest = {}) {
    saga.emplace(std::move(items), atomic, std::move(digest));
    obey(saga->start(wall_time()));
  }
  void answer_one(lifeline_errc ended = alive) {
    const std::size_t n = random() % asked.size();
    const account_legs legs = asked[n];
    asked.erase(asked.begin() + static_cast<std::ptrdiff_t>(n));
    std::vector<item_refusal> refused;
    account_state& a = accounts.at(legs.account);
    for (const group_leg& l : legs.legs) {
      auto why = l.debit ? a.reserve(l.transfer, l.amount, {}, l.becomes, 1)
                         : a.accept(l.transfer, l.amount, l.becomes, 1);
      if (why) refused.push_back({l.item, *why});
    }
    obey(saga->reserved(legs.account, refused, ended));
  }
  void answer_all() {
    while (!asked.empty()) answer_one();
  }
  /// The journal commits all.
  void commit() {
    std::vector<entry_verdict> verdicts{{verdict::committed}};
    for (const std::uint32_t i : saga->members()) {
      verdicts.push_back({verdict::committed, verdicts.size()});
      const transfer_record& t = saga->items()[i].transfer;
      accounts.at(t.from).settle(t.id, 1);
      accounts.at(t.to).settle(t.id, 1);
    }
    obey(saga->journaled(verdicts, wall_time()));
  }
  std::int64_t balance(const std::string& name) { return state(name).record().posted; }
  std::optional<errc> refused(std::size_t i) const {
    const auto& f = saga->items()[i].refused;
    return f ? std::optional(f->code) : std::nullopt;
  }
  void expect_nothing_set_aside() const {
    for (const auto& [id, a] : accounts) {
      EXPECT_EQ(a.reserved(), 0) << id.str();
      EXPECT_EQ(a.incoming(), 0) << id.str();
    }
  }
};

batch_item move(const std::string& name, const std::string& from, const std::string& to,
                std::int64_t minor) {
  return {transfer_of(name, account(from), account(to), minor)};
}

TEST(group_saga, asks_each_account_once_for_all_that_it_moves) {
  bank b;
  for (const char* name : {"a", "b", "c"}) b.add(name, 100);
  b.start({move("1", "a", "b", 10), move("2", "a", "c", 20), move("3", "b", "a", 5)});
  b.answer_all();
  for (const auto& [id, times] : b.times_asked) EXPECT_EQ(times, 1);
  ASSERT_TRUE(b.append);
  b.commit();
  EXPECT_TRUE(b.answered);
  EXPECT_EQ(b.balance("a"), 75);
  EXPECT_EQ(b.saga->items()[2].transfer.sequence, 3U);
}

TEST(group_saga, refuses_one_and_moves_the_others) {
  bank b;
  b.add("a", 30);
  b.add("b", 0);
  b.start({move("1", "a", "b", 20), move("2", "a", "b", 20), move("3", "a", "b", 10),
           move("4", "b", "b", 1)});
  b.answer_all();
  b.commit();
  EXPECT_EQ(b.refused(0), std::nullopt);
  EXPECT_EQ(b.refused(1), errc::insufficient_funds);
  EXPECT_EQ(b.refused(2), std::nullopt);
  EXPECT_EQ(b.refused(3), errc::same_account);
  EXPECT_EQ(b.balance("b"), 30);
  b.expect_nothing_set_aside();
}

TEST(group_saga, lets_no_item_spend_what_another_of_it_brings) {
  bank b;
  b.add("a", 10);
  b.add("b", 0);
  b.add("c", 0);
  b.start({move("1", "a", "b", 10), move("2", "b", "c", 10)});
  b.answer_all();
  EXPECT_EQ(b.refused(1), errc::insufficient_funds);
}

TEST(group_saga, tries_once_more_what_another_item_had_taken_and_gave_back) {
  bank b;
  b.add("a", 100);
  b.add("b", 0);
  b.add("frozen", 0, account_status::frozen);
  b.start({move("1", "a", "frozen", 100), move("2", "a", "b", 100)});
  b.answer_all();
  b.commit();
  EXPECT_EQ(b.refused(0), errc::account_frozen);
  EXPECT_EQ(b.refused(1), std::nullopt) << "as if they had come one after the other";
  EXPECT_EQ(b.balance("b"), 100);
  b.expect_nothing_set_aside();
}

TEST(group_saga, that_is_atomic_moves_nothing_if_one_is_refused) {
  bank b;
  b.add("a", 30);
  b.add("b", 0);
  b.start({move("1", "a", "b", 20), move("2", "a", "b", 20)}, true);
  b.answer_all();
  EXPECT_FALSE(b.append);
  EXPECT_TRUE(b.answered);
  EXPECT_EQ(b.refused(0), errc::insufficient_funds);
  EXPECT_NE(b.saga->items()[0].refused->detail.find("transfers[1]"), std::string::npos);
  b.expect_nothing_set_aside();
}

TEST(group_saga, that_is_atomic_asks_nobody_if_an_item_is_wrong_in_itself) {
  bank b;
  b.add("a", 30);
  b.start({move("1", "a", "b", 20), move("2", "a", "a", 20)}, true);
  EXPECT_TRUE(b.asked.empty());
  EXPECT_TRUE(b.answered);
}

TEST(group_saga, gives_all_back_when_its_context_ends_before_the_commit_point) {
  bank b;
  for (const char* name : {"a", "b", "c"}) b.add(name, 100);
  b.start({move("1", "a", "b", 10), move("2", "b", "c", 20)});
  b.answer_one();
  b.obey(b.saga->context_ended(lifeline_errc::canceled));
  EXPECT_TRUE(b.answered);
  EXPECT_EQ(b.saga->refused()->code, errc::canceled);
  EXPECT_EQ(b.saga->refused()->known, outcome::none);
  b.expect_nothing_set_aside();
}

TEST(group_saga, asks_for_its_context_at_the_commit_point) {
  bank b;
  b.add("a", 100);
  b.add("b", 100);
  b.start({move("1", "a", "b", 10)});
  b.answer_one();
  b.answer_one(lifeline_errc::deadline_exceeded);
  EXPECT_FALSE(b.append);
  EXPECT_EQ(b.saga->refused()->code, errc::deadline_exceeded);
  b.expect_nothing_set_aside();
}

TEST(group_saga, is_past_its_context_once_it_commits) {
  bank b;
  b.add("a", 100);
  b.add("b", 100);
  b.start({move("1", "a", "b", 10)});
  b.answer_all();
  b.obey(b.saga->context_ended(lifeline_errc::canceled));
  EXPECT_FALSE(b.answered);
  b.commit();
  EXPECT_EQ(b.saga->refused(), std::nullopt);
}

TEST(group_saga, asks_only_so_many_accounts_at_a_time) {
  bank b;
  b.add("a", 1'000'000);
  std::vector<batch_item> items;
  for (std::size_t i = 0; i < 2 * group_saga::window; ++i) {
    b.add("to " + std::to_string(i), 0);
    items.push_back(move(std::to_string(i), "a", "to " + std::to_string(i), 1));
  }
  b.start(std::move(items));
  EXPECT_EQ(b.asked.size(), group_saga::window);
  b.answer_one();
  EXPECT_EQ(b.asked.size(), group_saga::window);
  b.answer_all();
  EXPECT_EQ(b.saga->members().size(), 2 * group_saga::window);
}

TEST(group_saga, looks_for_an_earlier_request_before_it_says_no_to_a_clients_id) {
  bank b;
  b.add("a", 0);
  b.add("b", 0);
  auto own = move("1", "a", "b", 10);
  own.may_be_repeated = true;
  b.start({own, move("2", "a", "b", 10)});
  b.answer_all();
  ASSERT_TRUE(b.look_up);
  EXPECT_EQ(b.saga->to_look_up(), std::vector<std::uint32_t>{0});
  transfer_record first = own.transfer;
  first.sequence = first.first_sequence = 7;
  b.obey(b.saga->looked_up(earlier_group{{}, {first}}));
  EXPECT_EQ(b.refused(0), std::nullopt);
  EXPECT_TRUE(b.saga->items()[0].replayed);
  EXPECT_EQ(b.refused(1), errc::insufficient_funds);
}

TEST(group_saga, refuses_an_id_that_was_used_for_something_else) {
  bank b;
  b.add("a", 100);
  b.add("b", 0);
  b.start({move("1", "a", "b", 10), move("2", "a", "b", 10)});
  b.answer_all();
  b.obey(b.saga->journaled({{verdict::committed}, {verdict::duplicate}, {verdict::committed, 4}},
                           wall_time()));
  ASSERT_TRUE(b.look_up);
  b.obey(b.saga->looked_up(earlier_group{{}, {transfer_of("1", account("a"), account("b"), 11)}}));
  EXPECT_EQ(b.refused(0), errc::idempotency_mismatch);
  EXPECT_EQ(b.saga->items()[1].transfer.sequence, 4U);
}

TEST(group_saga, of_which_a_part_was_done_before_does_not_do_the_rest_if_it_is_atomic) {
  bank b;
  b.add("a", 100);
  b.add("b", 0);
  b.start({move("1", "a", "b", 10), move("2", "a", "b", 10)}, true);
  b.answer_all();
  b.obey(b.saga->journaled({{verdict::duplicate}, {verdict::duplicate}, {verdict::left_out}},
                           wall_time()));
  b.obey(b.saga->looked_up(
      earlier_group{{}, {transfer_of("1", account("a"), account("b"), 10), std::nullopt}}));
  EXPECT_EQ(b.refused(0), errc::already_exists);
  EXPECT_TRUE(b.refused(1));
}

TEST(group_saga, answers_under_a_used_key_as_the_first_time) {
  bank first;
  first.add("a", 10);
  first.add("b", 0);
  const std::vector<batch_item> items{move("1", "a", "b", 10), move("2", "a", "b", 10)};
  first.start(items, false, "digest");
  first.answer_all();
  const auto kept = first.saga->kept_answer();
  ASSERT_TRUE(kept);
  first.commit();

  bank again;
  again.add("a", 500);
  again.add("b", 0);
  again.start(items, false, "digest");
  again.answer_all();
  again.obey(again.saga->journaled({{verdict::duplicate}, {verdict::left_out}, {verdict::left_out}},
                                   wall_time()));
  ASSERT_TRUE(again.look_up);
  EXPECT_TRUE(again.saga->asks_for_key());
  again.obey(again.saga->looked_up(earlier_group{key_record{"digest", {}, *kept},
                                                 {first.saga->items()[0].transfer, std::nullopt}}));
  EXPECT_TRUE(again.saga->replayed());
  EXPECT_EQ(again.refused(0), std::nullopt);
  EXPECT_EQ(again.refused(1), errc::insufficient_funds) << "although it could be done today";
}

/// Three items first refused for lack of funds. One had been made before the group, and so was a
/// repetition; one was made since; the id of one had been used before, for something else.
TEST(group_saga, answers_under_a_used_key_by_what_stood_before_it) {
  std::vector<batch_item> items{move("before", "a", "b", 10), move("since", "a", "b", 10),
                                move("other", "a", "b", 10), move("own", "a", "b", 1),
                                move("known", "a", "b", 1)};
  for (batch_item& i : items) i.may_be_repeated = true;
  const auto stored = [&](std::size_t i, std::uint64_t sequence) {
    transfer_record t = items[i].transfer;
    t.first_sequence = t.sequence = sequence;
    return t;
  };
  transfer_record other = stored(2, 6);
  other.kind = "other";
  const std::string kept =
      "0 insufficient_funds poor\n1 insufficient_funds poor\n2 insufficient_funds poor\n";
  const auto answered_again = [&](std::optional<std::uint64_t> behind) {
    bank b;
    b.add("a", 500);
    b.add("b", 0);
    b.start(items, false, "digest");
    b.answer_all();
    std::vector<entry_verdict> verdicts(items.size() + 1, {verdict::left_out});
    verdicts[0] = {verdict::duplicate};
    b.obey(b.saga->journaled(verdicts, wall_time()));
    b.obey(b.saga->looked_up(
        earlier_group{key_record{"digest", {}, kept, behind},
                      {stored(0, 5), stored(1, 9), other, stored(3, 8), stored(4, 7)}}));
    EXPECT_TRUE(b.saga->replayed());
    return b.saga->items();
  };
  const auto again = answered_again(7);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(again[i].refused->code, errc::insufficient_funds) << "what was kept is the truth";
    EXPECT_FALSE(again[i].replayed);
  }
  EXPECT_EQ(again[3].refused, std::nullopt);
  EXPECT_FALSE(again[3].replayed);
  EXPECT_TRUE(again[4].replayed);
  const auto of_old_books = answered_again({});
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(of_old_books[i].refused->code, errc::insufficient_funds);
  EXPECT_FALSE(of_old_books[3].replayed);
  EXPECT_FALSE(of_old_books[4].replayed);
}

TEST(group_saga, refuses_a_key_that_was_used_for_something_else) {
  bank b;
  b.add("a", 500);
  b.add("b", 0);
  b.start({move("1", "a", "b", 10)}, false, "digest");
  b.answer_all();
  b.obey(b.saga->journaled({{verdict::duplicate}, {verdict::left_out}}, wall_time()));
  b.obey(b.saga->looked_up(earlier_group{key_record{"other", {}, {}}, {std::nullopt}}));
  EXPECT_EQ(b.saga->refused()->code, errc::idempotency_mismatch);
}

TEST(group_saga, keeps_no_answer_that_may_be_another_one_the_next_time) {
  bank b;
  b.add("a", 500);
  b.add("b", 0);
  ASSERT_FALSE(b.state("a").reserve(transfer("1"), {1, usd}));
  b.start({move("1", "a", "b", 10), move("2", "a", "b", 10)}, false, "digest");
  b.answer_all();
  EXPECT_EQ(b.refused(0), errc::in_progress);
  EXPECT_EQ(b.saga->kept_answer(), std::nullopt);
}

TEST(group_saga, says_unknown_where_the_store_does) {
  bank b;
  b.add("a", 500);
  b.add("b", 0);
  b.start({move("1", "a", "b", 10)});
  b.answer_all();
  b.obey(b.saga->journaled({{verdict::unknown}, {verdict::unknown}}, wall_time()));
  EXPECT_EQ(b.saga->refused()->known, outcome::unknown);
}

TEST(batch_answer, is_read_as_it_was_written) {
  std::vector<batch_item> items(3);
  items[0].refused = failure{errc::insufficient_funds, outcome::none, "account x can spend 3"};
  items[2].refused = failure{errc::not_found, outcome::none, ""};
  const auto read = read_refusals(write_refusals(items));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0].why, *items[0].refused);
  EXPECT_EQ((*read)[1].item, 2U);
  EXPECT_EQ((*read)[1].why.code, errc::not_found);
  for (const char* bad : {"1", "x not_found y\n", "1 no_such_code y\n", "1 not_found y", "\n"})
    EXPECT_FALSE(read_refusals(bad)) << bad;
}

/// Random groups, accounts that answer in random order: nothing is spent twice, no refusal lacks
/// funds that exist, and no reservation is left.
TEST(group_saga, of_random_transfers_keeps_the_books) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  for (int round = 0; round < 400; ++round) {
    bank b;
    b.random.seed(random());
    constexpr int accounts = 6;
    const auto name = [](std::uint64_t n) { return std::to_string(n); };
    std::map<std::string, std::int64_t> before;
    for (int i = 0; i < accounts; ++i) {
      before[name(i)] = static_cast<std::int64_t>(random() % 100);
      b.add(name(i), before[name(i)],
            random() % 5 == 0 ? account_status::frozen : account_status::open);
    }
    const bool atomic = random() % 3 == 0;
    std::vector<batch_item> items;
    const std::uint64_t n = 1 + random() % 12;
    for (std::uint64_t i = 0; i < n; ++i)
      items.push_back(move("t" + name(i), name(random() % accounts), name(random() % accounts),
                           static_cast<std::int64_t>(1 + random() % 60)));
    b.start(items, atomic);
    b.answer_all();
    std::map<account_id, std::int64_t> spendable;  // what is left beside what is to be committed
    for (const auto& [id, a] : b.accounts) spendable[id] = a.spendable();
    if (b.append) b.commit();
    ASSERT_TRUE(b.answered);
    b.expect_nothing_set_aside();

    std::set<bool> done;
    auto expected = before;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const batch_item& item = b.saga->items()[i];
      done.insert(!item.refused);
      if (item.refused) {
        if (!atomic && item.refused->code == errc::insufficient_funds) {
          EXPECT_GT(item.transfer.amount.minor, spendable[item.transfer.from]);
        }
        continue;
      }
      for (auto& [account_name, balance] : expected) {
        if (account(account_name) == item.transfer.from) balance -= item.transfer.amount.minor;
        if (account(account_name) == item.transfer.to) balance += item.transfer.amount.minor;
      }
    }
    if (atomic) {
      EXPECT_EQ(done.size(), 1U);
    }
    for (const auto& [account_name, balance] : expected) {
      EXPECT_EQ(b.balance(account_name), balance);
      EXPECT_GE(balance, 0);
    }
  }
}

}  // namespace
}  // namespace lifeline::ledger::testing
