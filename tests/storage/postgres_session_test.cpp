#include <atomic>
#include <future>
#include <thread>

#include "bank/storage/postgres/database.hpp"
#include "bank/storage/postgres/ledger_store.hpp"
#include "bank/storage/postgres/opening.hpp"
#include "bank/storage/postgres/watch.hpp"
#include "bank/storage/startup_error.hpp"
#include "driver/proxy/fault_proxy.hpp"
#include "storage/ledger_store_fixture.hpp"

namespace bank::storage::tests {

namespace {

using namespace std::chrono_literals;

std::int64_t number(postgres_session& s, const std::string& statement) {
  auto row = s.run(statement);
  row.next();
  return row.integer(0);
}

std::int64_t running_sleeps(postgres_session& s) {
  return number(s,
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
                " AND query LIKE 'SELECT pg_sleep%' AND pid <> pg_backend_pid()");
}

class postgres_statements : public testing::Test {
 protected:
  std::string url = postgres_server::instance().new_url();
  postgres_options options{url, 2};
  postgres_database database{options};
};

TEST_F(postgres_statements, are_cancelled_at_the_server_when_their_context_ends) {
  postgres_session other(url);
  for (int round = 0; round < 3; ++round) {
    auto scope = lifeline::with_cancel(background());
    std::thread canceller([&] {
      while (running_sleeps(other) == 0) std::this_thread::yield();
      scope.cancel();
    });
    const auto answer = database.read(scope.ctx(), [](postgres_session& s) {
      s.run("SELECT pg_sleep(600)");
      return 0;
    });
    canceller.join();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, lifeline::ledger::errc::canceled);
    EXPECT_EQ(running_sleeps(other), 0);
    EXPECT_EQ(database.pool().in_flight(), 0U);
  }
}

TEST_F(postgres_statements, end_with_their_deadline) {
  const auto scope = lifeline::with_timeout(background(), 30ms);
  const auto answer = database.read(scope.ctx(), [](postgres_session& s) {
    s.run("SELECT pg_sleep(600)");
    return 0;
  });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, lifeline::ledger::errc::deadline_exceeded);
}

TEST_F(postgres_statements, have_the_time_left_as_their_limit_at_the_server) {
  const auto scope = lifeline::with_timeout(background(), 90s);
  const auto limit = database.read(scope.ctx(), [](postgres_session& s) {
    return number(s, "SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'");
  });
  ASSERT_TRUE(limit);
  EXPECT_GT(*limit, 0);
  EXPECT_LE(*limit, 91'000);
}

/// One session, so that each statement follows a cancelled one.
TEST_F(postgres_statements, are_never_hit_by_the_cancel_of_one_before) {
  postgres_session s(url);
  for (int round = 0; round < 200; ++round) {
    auto scope = lifeline::with_cancel(background());
    std::thread canceller([&] { scope.cancel(); });
    try {
      const postgres_watch watch(scope.ctx(), s, at_end::cancel);
      // Some are cancelled before they run, some while running, some after their end.
      if (!scope.ctx().done()) s.run("SELECT pg_sleep(0.0005)");
    } catch (const postgres_error& e) {
      EXPECT_TRUE(e.is_cut_off()) << e.what();
    }
    canceller.join();
    EXPECT_EQ(number(s, "SELECT pg_sleep(0), 7"), 0);
    EXPECT_EQ(number(s, "SELECT 7"), 7);
  }
}

TEST_F(postgres_statements, leave_a_session_that_can_be_used_again) {
  const auto pid = [](postgres_session& s) { return number(s, "SELECT pg_backend_pid()"); };
  const auto before = database.read(background(), pid).value();
  const auto scope = lifeline::with_timeout(background(), 20ms);
  EXPECT_FALSE(database.read(scope.ctx(), [](postgres_session& s) {
    s.run("SELECT pg_sleep(600)");
    return 0;
  }));
  EXPECT_EQ(database.read(background(), pid).value(), before);
}

TEST_F(postgres_statements, refuse_a_text_that_would_be_cut_short) {
  const auto answer = database.read(background(), [](postgres_session& s) {
    s.query("SELECT $1::text", std::string("a\0b", 3));
    return 0;
  });
  EXPECT_FALSE(answer);
}

/// One row with columns of every type, as returned by `unnest`.
constexpr const char* rows_of_all_types =
    "SELECT string_agg(concat_ws('|', coalesce(id::text, '-'), coalesce(n::text, '-'),"
    " coalesce(flag::text, '-'), coalesce(part::text, '-'), coalesce(name, '-'),"
    " coalesce(empty::text, '-')), ';') FROM unnest($1::uuid[], $2::bigint[], $3::boolean[],"
    " $4::double precision[], $5::text[], $6::bigint[]) u (id, n, flag, part, name, empty)";

TEST_F(postgres_statements, take_columns_of_every_type_as_they_are) {
  const auto id = *uuid::parse("01935f2e-7a00-7000-8000-000000000001");
  const std::optional<std::int64_t> none;
  postgres_table<6> rows;
  rows.add(id, std::int64_t{-9'007'199'254'740'991}, true, 0.25, std::string("a,\"b\" \\ {é}"),
           none);
  rows.add(std::optional<uuid>(), std::optional<std::int64_t>(1), false, -1e300,
           std::optional<std::string>(), none);
  rows.add(id, std::optional<std::int64_t>(), true, 0.0, std::string(), none);
  postgres_session s(url);
  auto row = s.query(rows_of_all_types, rows.take());
  ASSERT_TRUE(row.next());
  EXPECT_EQ(row.text(0),
            "01935f2e-7a00-7000-8000-000000000001|-9007199254740991|true|0.25|a,\"b\" \\ {é}|-;"
            "-|1|false|-1e+300|-|-;"
            "01935f2e-7a00-7000-8000-000000000001|-|true|0||-");
}

TEST_F(postgres_statements, take_columns_beside_values_and_without_rows) {
  postgres_session s(url);
  postgres_table<1> some, no;
  some.add(std::int64_t{40});
  std::vector<postgres_argument> arguments = no.take();
  arguments.push_back(to_argument(std::string("x")));
  arguments.push_back(some.take().front());
  arguments.push_back(to_argument(std::int64_t{2}));
  auto row = s.query(
      "SELECT coalesce(sum(a), 0) + sum(b) + $4::bigint, max($2::text)"
      " FROM unnest($1::bigint[], $3::bigint[]) u (a, b)",
      arguments);
  ASSERT_TRUE(row.next());
  EXPECT_EQ(row.integer(0), 42);
  EXPECT_EQ(row.text(1), "x");
}

TEST_F(postgres_statements, of_a_write_are_repeated_when_they_deadlock) {
  ASSERT_TRUE(database.write(background(), [](postgres_session& s) {
    s.run(
        "CREATE TABLE pairs (id int PRIMARY KEY, n int); INSERT INTO pairs VALUES (1, 0), (2, 0)");
    return 0;
  }));
  std::atomic<int> tries{0};
  const auto swap = [&](int first, int second, std::promise<void>& mine,
                        std::shared_future<void> theirs) {
    bool told = false;
    return database.write(background(), [&, first, second](postgres_session& s) {
      ++tries;
      s.run("UPDATE pairs SET n = n + 1 WHERE id = " + std::to_string(first));
      if (!std::exchange(told, true)) {
        mine.set_value();
        theirs.wait();
      }
      s.run("UPDATE pairs SET n = n + 1 WHERE id = " + std::to_string(second));
      return 0;
    });
  };
  std::promise<void> a, b;
  auto other = std::async(std::launch::async,
                          [&] { return swap(2, 1, b, a.get_future().share()).has_value(); });
  EXPECT_TRUE(swap(1, 2, a, b.get_future().share()));
  EXPECT_TRUE(other.get());
  EXPECT_GE(tries, 3);
  EXPECT_EQ(database
                .read(background(),
                      [](postgres_session& s) { return number(s, "SELECT sum(n) FROM pairs"); })
                .value(),
            4);
}

TEST(postgres_pool, lends_as_many_as_it_may_and_makes_others_wait) {
  postgres_pool pool(postgres_server::instance().new_url(), 1,
                     std::make_shared<connect_back_off>());
  auto first = std::make_unique<postgres_pool::lease>(pool.take(background()).value());
  EXPECT_EQ(pool.in_flight(), 1U);
  const auto scope = lifeline::with_timeout(background(), 20ms);
  const auto refused = pool.take(scope.ctx());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, lifeline::ledger::errc::deadline_exceeded);
  auto second = std::async(std::launch::async, [&] { return pool.take(background()).has_value(); });
  first.reset();
  EXPECT_TRUE(second.get());
  EXPECT_EQ(pool.in_flight(), 0U);
}

TEST(postgres_pool, waits_at_its_end_for_what_it_lent) {
  postgres_pool pool(postgres_server::instance().new_url(), 1,
                     std::make_shared<connect_back_off>());
  auto lent = std::make_unique<postgres_pool::lease>(pool.take(background()).value());
  std::atomic<bool> closed{false};
  std::thread closer([&] {
    pool.close();
    closed = true;
  });
  while (pool.take(lifeline::with_timeout(background(), 1ms).ctx()).error().detail !=
         "PostgreSQL: the store was closed")
    std::this_thread::yield();
  EXPECT_FALSE(closed);
  lent.reset();
  closer.join();
  EXPECT_TRUE(closed);
}

TEST(postgres_pool, says_why_it_can_not_connect_and_backs_off) {
  postgres_pool pool("host=/nowhere user=bank dbname=postgres", 1,
                     std::make_shared<connect_back_off>());
  for (int i = 0; i < 3; ++i) {
    const auto refused = pool.take(background());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, lifeline::ledger::errc::store_unavailable);
    EXPECT_NE(refused.error().detail.find("/nowhere"), std::string::npos) << refused.error().detail;
  }
  EXPECT_EQ(pool.in_flight(), 0U);
}

/// A commit may be the first to connect again; reads after it must not be refused.
TEST(postgres_pool, shares_its_back_off_with_the_others_of_a_store) {
  const auto database = std::make_shared<postgres_database>(
      postgres_options{postgres_server::instance().new_url(), 1});
  migrate_postgres(database->options().url);
  const auto books = make_postgres_ledger(database);
  const auto now = lifeline::process_clock().now();
  database->back_off()->failed(now, now + 1h, "nobody is there");
  const auto held_back = books->fence(background());
  ASSERT_FALSE(held_back);
  EXPECT_EQ(held_back.error().detail, "PostgreSQL: nobody is there");
  EXPECT_FALSE(books->last_sequence(background()));
  EXPECT_EQ(std::get<lifeline::ledger::commit_error>(books->commit({})),
            lifeline::ledger::commit_error::unavailable);
  database->back_off()->connected(now);
  EXPECT_TRUE(books->fence(background()));
  EXPECT_TRUE(books->last_sequence(background()));
}

TEST(postgres_pool, replaces_a_session_that_broke_while_it_rested) {
  const auto url = postgres_server::instance().new_url();
  postgres_database database({url, 1});
  const auto pid = [](postgres_session& s) { return number(s, "SELECT pg_backend_pid()"); };
  const auto first = database.read(background(), pid).value();
  postgres_session(url).run("SELECT pg_terminate_backend(" + std::to_string(first) + ", 5000)");
  EXPECT_NE(database.read(background(), pid).value(), first);
}

TEST(postgres_opening, brings_an_empty_database_to_the_newest_schema_once) {
  const auto url = postgres_server::instance().new_url();
  const auto first = migrate_postgres(url);
  EXPECT_EQ(first.from, 0);
  EXPECT_GT(first.to, 0);
  EXPECT_EQ(migrate_postgres(url).from, first.to);
}

TEST(postgres_opening, may_be_done_by_two_nodes_at_once) {
  const auto url = postgres_server::instance().new_url();
  std::vector<std::future<int>> both;
  for (int i = 0; i < 2; ++i)
    both.push_back(std::async(std::launch::async, [&] { return migrate_postgres(url).to; }));
  const int newest = both[0].get();
  EXPECT_EQ(both[1].get(), newest);
}

std::string refusal(const std::string& url) {
  try {
    open_postgres({url});
    return "";
  } catch (const startup_error& e) {
    return e.what();
  }
}

TEST(postgres_opening, refuses_a_database_of_a_newer_program) {
  const auto url = postgres_server::instance().new_url();
  migrate_postgres(url);
  postgres_session(url).run("INSERT INTO bank_schema (number) VALUES (999)");
  EXPECT_NE(refusal(url).find("was written by a newer bank-node (schema 999"), std::string::npos);
}

TEST(postgres_opening, refuses_a_database_of_another_kind) {
  const auto url = postgres_server::instance().new_url();
  postgres_session(url).run("CREATE TABLE ledger (paper text)");
  EXPECT_NE(refusal(url).find("of another kind"), std::string::npos);
}

TEST(postgres_opening, says_what_to_do_when_the_server_is_away) {
  const std::string said = refusal("host=/nowhere user=bank dbname=postgres");
  EXPECT_NE(said.find("/nowhere"), std::string::npos) << said;
  EXPECT_NE(said.find("start the server, or use another one with --postgres-url"),
            std::string::npos);
}

}  // namespace
}  // namespace bank::storage::tests
