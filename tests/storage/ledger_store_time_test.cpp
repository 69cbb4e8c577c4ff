#include <atomic>
#include <functional>
#include <random>
#include <thread>

#include "bank/storage/postgres/session.hpp"
#include "bank/storage/postgres/verify.hpp"
#include "bank/storage/sqlite/connection.hpp"
#include "bank/storage/sqlite/verify.hpp"
#include "random_seed.hpp"
#include "storage/ledger_store_fixture.hpp"
#include "storage/order_builders.hpp"

namespace bank::storage::tests {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds moment{1};

/// Accounts 1 and 2, the first with 1,000; with clocks that are set back.
template <class Backend>
class ledger_store_time : public any_ledger_store<Backend> {
 protected:
  void SetUp() override { this->open_funded(2, 1'000); }

  /// Sets the clock to this many seconds past noon.
  void clock_at(std::int64_t second) { this->at = noon + seconds(second); }
  wall_time commit_at(std::int64_t second, std::vector<entry> entries) {
    clock_at(second);
    const commit_result r = this->try_commit(std::move(entries));
    EXPECT_EQ(r.index(), 0U);
    return r.index() == 0 ? std::get<0>(r).at : wall_time{};
  }
  wall_time pay_at(std::int64_t second) {
    return commit_at(second, {post(transfer(++paid_, acct(1), acct(2), 1))});
  }
  /// Restarts the node; not for the memory store.
  void restart() {
    if constexpr (!std::is_same_v<Backend, in_memory>) {
      this->backend.store.reset();
      if constexpr (std::is_same_v<Backend, in_sqlite>)
        this->backend.store = open_sqlite_ledger(this->backend.folder / "ledger.db");
      else
        this->backend.store = make_postgres_ledger(open_postgres(this->backend.options));
    }
    this->raise();
    this->number = 0;
  }
  wall_time close(wall_time before) {
    return this->store().close_past(background(), before, this->at).value();
  }
  transfer_record found(std::uint32_t n) {
    return this->store().find_transfer(background(), tran(n)).value().value_or(transfer_record{});
  }
  std::int64_t received(wall_time when) {
    return this->store()
        .balance_at(background(), acct(2), when)
        .value()
        .value_or(dated_balance{})
        .posted;
  }
  void expect_whole() {
    std::optional<std::string> broken;
    const auto quietly = [](const verify_progress&) {};
    if constexpr (std::is_same_v<Backend, in_sqlite>) {
      const auto file = this->backend.folder / "ledger.db";
      broken = verify_sqlite_ledger(background(), file, quietly).value().broken;
    } else if constexpr (std::is_same_v<Backend, in_postgres>) {
      broken =
          verify_postgres_ledger(background(), this->backend.options.url, quietly).value().broken;
    }
    EXPECT_EQ(broken, std::nullopt);
  }

  std::uint32_t paid_ = 0;
};
TYPED_TEST_SUITE(ledger_store_time, every_store, store_names);

TYPED_TEST(ledger_store_time, never_falls_when_the_clock_does) {
  EXPECT_EQ(this->pay_at(12), noon + seconds(12));
  EXPECT_EQ(this->pay_at(0), noon + seconds(12));
  this->restart();
  EXPECT_EQ(this->store().last_time(background()).value(), noon + seconds(12));
  EXPECT_EQ(this->pay_at(1), noon + seconds(12));
  EXPECT_EQ(this->pay_at(13), noon + seconds(13));
  EXPECT_EQ(this->found(2).posted_at, noon + seconds(12));
  EXPECT_EQ(this->found(3).posted_at, noon + seconds(12));
  this->expect_whole();
}

TYPED_TEST(ledger_store_time, is_told_with_the_batch_when_it_is_found_again) {
  this->pay_at(12);
  this->clock_at(3);
  const batch b = this->make({open(account(3))});
  ASSERT_EQ(this->store().commit(b).index(), 0U);
  this->raise();
  EXPECT_EQ(this->store().find_batch(background(), b).value()->at, noon + seconds(12));
}

/// Independent of the caller's time: else an answer about the past could change.
TYPED_TEST(ledger_store_time, dates_what_a_batch_makes) {
  this->pay_at(12);
  account_record a = account(3);
  a.created_at = noon + seconds(99);
  transfer_record hold = transfer(100, acct(1), acct(2), 1);
  hold.status = transfer_status::pending;
  hold.two_phase = true;
  hold.expires_in = seconds(30);
  hold.created_at = noon - seconds(99);
  hold.expires_at = noon;
  this->commit_at(4, {open(a), post(hold), begin(daily(1))});
  const wall_time then = noon + seconds(12);
  EXPECT_EQ(this->stored(acct(3)).created_at, then);
  EXPECT_EQ(this->found(100).created_at, then);
  EXPECT_EQ(this->found(100).expires_at, then + seconds(30));
  EXPECT_EQ(this->store().find_order(background(), daily(1).id).value()->created_at, then);
  this->commit_at(
      20,
      {resolve_entry{tran(100), {transfer_status::posted, transfer_status::pending, 1, {}}, {}}});
  EXPECT_EQ(this->found(100).created_at, then);
  EXPECT_EQ(this->found(100).posted_at, noon + seconds(20));
  this->expect_whole();
}

TYPED_TEST(ledger_store_time, has_closed_what_lies_before_the_last_batch) {
  this->pay_at(12);
  this->clock_at(20);
  EXPECT_EQ(this->close(noon + seconds(12)), noon + seconds(12));
  EXPECT_EQ(this->pay_at(12), noon + seconds(12)) << "nothing had to be closed";
}

TYPED_TEST(ledger_store_time, stays_behind_a_past_that_was_closed_across_restarts) {
  this->pay_at(1);
  this->clock_at(10);
  const wall_time asked = noon + seconds(5);
  EXPECT_EQ(this->close(asked + moment), asked + moment);
  const auto before = this->received(asked);
  EXPECT_EQ(this->pay_at(3), asked + moment) << "the clock was set back";
  EXPECT_EQ(this->received(asked), before);

  this->clock_at(10);
  EXPECT_EQ(this->close(noon + seconds(8)), noon + seconds(8));
  this->restart();
  EXPECT_EQ(this->pay_at(2), noon + seconds(8));
  EXPECT_EQ(this->pay_at(9), noon + seconds(9)) << "no later than it must be";
  this->expect_whole();
}

TYPED_TEST(ledger_store_time, is_closed_no_further_than_now) {
  this->pay_at(1);
  this->clock_at(10);
  EXPECT_EQ(this->close(wall_time::max()), noon + seconds(10) + moment);
  EXPECT_EQ(this->close(noon + seconds(99)), noon + seconds(10) + moment);
  EXPECT_EQ(this->pay_at(10), noon + seconds(10) + moment);
}

TYPED_TEST(ledger_store_time, takes_the_last_commit_for_now_where_the_clock_is_behind_it) {
  this->pay_at(12);
  this->clock_at(0);
  const wall_time end = this->close(wall_time::max());
  EXPECT_EQ(end, noon + seconds(12) + moment);
  EXPECT_EQ(this->received(end - moment), 1'001);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(this->close(wall_time::max()), end) << "asking does not move it";
}

TYPED_TEST(ledger_store_time, lists_by_it_where_many_batches_share_a_moment) {
  for (const int second : {5, 1, 5, 3, 5, 6, 2}) this->pay_at(second);  // 5 5 5 5 5 6 6
  const auto listed = [&](int from, int to) {
    transfer_filter f;
    f.from = noon + seconds(from);
    f.to = noon + seconds(to);
    return this->store().list_transfers(background(), f).value().rows.size();
  };
  const auto rows = [&](int from, int to) {
    return this->store()
        .account_statement(background(), acct(1), noon + seconds(from), noon + seconds(to), 100)
        .value()
        .rows.size();
  };
  const auto check = [&] {
    for (const auto& [from, to, n] : {std::tuple{1, 5, 0U}, {5, 6, 5U}, {6, 7, 2U}, {1, 9, 7U}}) {
      EXPECT_EQ(listed(from, to), n) << from << ' ' << to;
      EXPECT_EQ(rows(from, to), n) << from << ' ' << to;
    }
  };
  check();
  this->restart();
  check();
}

/// Questions about the last moments while commits run with a jumping clock: answers must not change
/// later.
TYPED_TEST(ledger_store_time, lets_no_commit_under_way_change_an_answer) {
  constexpr int questions = 150;
  const std::uint64_t seed = lifeline::testing::random_seed();
  const auto now = [] {
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  };
  std::atomic<bool> asking{true};
  std::thread payer([&] {
    std::mt19937_64 random(seed);
    while (asking) {
      std::vector<entry> entries;
      for (int i = 0; i < 50; ++i)
        entries.push_back(post(transfer(++this->paid_, world_account(usd), acct(2), 1)));
      this->at = now() - milliseconds(random() % 20);
      this->commit(std::move(entries));
    }
  });
  struct question {
    wall_time at;
    std::int64_t answer;
  };
  std::vector<std::vector<question>> asked(3);
  std::vector<std::thread> askers;
  for (auto& mine : asked)
    askers.emplace_back([&] {
      for (int i = 0; i < questions; ++i) {
        const wall_time wanted = now() - moment;
        const wall_time end =
            this->store().close_past(background(), wanted + moment, now()).value();
        mine.push_back({end - moment, this->received(end - moment)});
      }
    });
  for (std::thread& t : askers) t.join();
  asking = false;
  payer.join();
  for (const auto& mine : asked)
    for (const question& q : mine) ASSERT_EQ(this->received(q.at), q.answer);
  this->expect_whole();
}

/// Random clock jumps, commits, restarts and questions: at the end each question must have its
/// first answer, and no time has fallen.
TYPED_TEST(ledger_store_time, gives_each_question_about_the_past_the_same_answer_for_good) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  const auto below = [&](std::uint64_t n) { return static_cast<std::int64_t>(random() % n); };
  const auto describe = [&](wall_time from, wall_time to) {
    const auto b = this->store().balance_at(background(), acct(2), to - moment).value();
    const auto s = this->store().account_statement(background(), acct(2), from, to, 10'000).value();
    transfer_filter f;
    f.from = from;
    f.to = to;
    f.limit = 10'000;
    std::vector<std::int64_t> all{b ? b->posted : -1, s.opening, s.closing};
    for (const history_row& r : s.rows) {
      EXPECT_TRUE(r.transfer.posted_at >= from && r.transfer.posted_at < to);
      all.push_back(r.balance_after);
    }
    for (const auto& t : this->store().list_transfers(background(), f).value().rows)
      all.push_back(static_cast<std::int64_t>(t.first_sequence));
    return all;
  };
  struct question {
    wall_time from, to;
    std::vector<std::int64_t> answer;
  };
  std::vector<question> asked;
  wall_time clock = noon + seconds(100);
  wall_time last{}, closed{};
  for (int round = 0; round < 250; ++round) {
    clock += milliseconds(below(400));
    if (below(8) == 0) clock += milliseconds(below(24'000)) - seconds(12);
    if (below(30) == 0) this->restart();
    this->at = clock;
    if (below(3) != 0) {
      const auto r = this->try_commit({post(transfer(++this->paid_, acct(1), acct(2), 1))});
      const wall_time time = std::get<0>(r).at;
      EXPECT_GE(time, std::max(last, clock));
      last = time;
      EXPECT_EQ(this->found(this->paid_).posted_at, time);
    } else {
      const wall_time wanted = clock + milliseconds(below(20'000)) - seconds(15);
      const wall_time to = this->close(wanted);
      EXPECT_LE(to, std::max({clock + moment, last + moment, closed})) << "no further than now";
      closed = std::max(closed, to);
      const wall_time from = to - milliseconds(below(15'000));
      asked.push_back({from, to, describe(from, to)});
    }
  }
  this->restart();
  for (const question& q : asked) ASSERT_EQ(describe(q.from, q.to), q.answer);
  EXPECT_GT(asked.size(), 20U);
  this->expect_whole();
}

/// Another connection holds the file's write lock: a question must not wait longer than its limit.
TEST(sqlite_ledger_time, ends_a_question_with_its_context_and_goes_on) {
  in_sqlite backend;
  const auto epoch = backend.store->fence(background()).value();
  const auto file = backend.folder / "ledger.db";
  const auto close = [&](const lifeline::context& ctx) {
    return backend.store->close_past(ctx, wall_time::max(), noon);
  };
  {
    sqlite_connection other(file, 1U << 20U);
    other.db().exec("BEGIN IMMEDIATE");
    const auto in_time = with_timeout(background(), milliseconds(30));
    EXPECT_EQ(close(in_time.ctx()).error().code, errc::deadline_exceeded);
    other.db().exec("ROLLBACK");
  }
  EXPECT_EQ(close(background()).value(), noon + moment);
  const auto done = backend.store->commit({{epoch, 1}, noon, {open(account(1))}});
  EXPECT_EQ(std::get<0>(done).at, noon + moment);
}

TEST(postgres_ledger_time, ends_a_question_with_its_context_and_goes_on) {
  in_postgres backend;
  const auto epoch = backend.store->fence(background()).value();
  const auto close = [&](const lifeline::context& ctx) {
    return backend.store->close_past(ctx, wall_time::max(), noon);
  };
  {
    postgres_session other(backend.options.url);
    other.run("BEGIN; SELECT 1 FROM ledger FOR UPDATE");
    const auto in_time = with_timeout(background(), milliseconds(30));
    EXPECT_EQ(close(in_time.ctx()).error().code, errc::deadline_exceeded);
    other.run("ROLLBACK");
  }
  EXPECT_EQ(close(background()).value(), noon + moment);
  const auto done = backend.store->commit({{epoch, 1}, noon, {open(account(1))}});
  EXPECT_EQ(std::get<0>(done).at, noon + moment);
}

}  // namespace bank::storage::tests
