#include <atomic>
#include <thread>

#include "storage/ledger_store_fixture.hpp"

namespace bank::storage::tests {

/// Errors between the store and its server.
class postgres_ledger_store : public any_ledger_store<in_postgres> {
 protected:
  void run(const std::string& statement) { postgres_session(backend.options.url).run(statement); }
  std::int64_t number(const std::string& statement) {
    postgres_session s(backend.options.url);
    auto row = s.run(statement);
    row.next();
    return row.integer(0);
  }
  /// A batch that names a missing account.
  static std::string copy_of_transfer_with(const std::string& stranger) {
    return "CREATE TEMP TABLE t AS SELECT * FROM transfers LIMIT 1; UPDATE t SET id = "
           "gen_random_uuid(), sequence = 99, first_sequence = 99, " +
           stranger + " = gen_random_uuid(); INSERT INTO transfers SELECT * FROM t";
  }
  entry pay(std::uint32_t n, std::int64_t amount) {
    return post(transfer(n, acct(1), acct(2), amount));
  }
};

TEST_F(postgres_ledger_store, keeps_everything_when_opened_again) {
  open_funded(2, 100);
  const batch b = make({keyed(pay(1, 30), "alice", "k")});
  ASSERT_EQ(store().commit(b).index(), 0U);
  const std::uint64_t sequence = last(), old_epoch = epoch;
  backend.store.reset();
  backend.store = make_postgres_ledger(open_postgres(backend.options));
  EXPECT_EQ(last(), sequence);
  EXPECT_EQ(raise(), old_epoch + 1);
  EXPECT_TRUE(store().find_batch(background(), b).value());
  EXPECT_EQ(balance(acct(1)), 70);
  EXPECT_EQ(outcome_of(pay(1, 30)), entry_outcome::duplicate_id);
}

TEST_F(postgres_ledger_store, of_an_older_node_is_fenced_off_and_none_of_its_accounts_is_trusted) {
  open_funded(2, 100);
  const auto beside = make_postgres_ledger(open_postgres(backend.options));
  const std::uint64_t theirs = beside->fence(background()).value();
  ASSERT_EQ(beside->commit({{theirs, 1}, noon, {pay(1, 60)}}).index(), 0U);
  expect_error(try_commit({pay(2, 60)}), commit_error::fenced);
  raise();
  expect_error(try_commit({pay(2, 60)}), commit_error::violated);
  EXPECT_EQ(balance(acct(1)), 40);
}

TEST_F(postgres_ledger_store, that_is_read_only_is_an_obstacle_until_it_is_not) {
  open_funded(2, 100);
  EXPECT_EQ(store().find_obstacle(background()).value(), std::nullopt);
  run("ALTER SYSTEM SET default_transaction_read_only = on");
  run("SELECT pg_reload_conf()");
  while (!store().find_obstacle(background()).value()) std::this_thread::yield();
  EXPECT_EQ(store().find_obstacle(background()).value(),
            (write_obstacle{"the server is read-only", "PostgreSQL"}));
  run("ALTER SYSTEM RESET default_transaction_read_only");
  run("SELECT pg_reload_conf()");
  while (store().find_obstacle(background()).value()) std::this_thread::yield();
}

/// The trigger simulates a full disk with the server's error.
TEST_F(postgres_ledger_store, finds_the_obstacle_of_a_commit_that_failed_until_it_is_gone) {
  open_funded(2, 100);
  run("CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
      " RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';"
      " END $$; CREATE TRIGGER full_disk BEFORE UPDATE ON ledger EXECUTE FUNCTION full_disk()");
  EXPECT_EQ(store().find_obstacle(background()).value(), std::nullopt);
  expect_error(try_commit({pay(1, 30)}), commit_error::unavailable);
  const auto found = store().find_obstacle(background()).value();
  ASSERT_TRUE(found);
  EXPECT_NE(found->cause.find("No space left on device"), std::string::npos) << found->cause;
  run("DROP TRIGGER full_disk ON ledger");
  EXPECT_EQ(store().find_obstacle(background()).value(), std::nullopt);
  EXPECT_EQ(outcome_of(pay(1, 30)), entry_outcome::committed);
}

TEST_F(postgres_ledger_store, holds_two_nodes_apart_that_write_at_once) {
  open_funded(2, 1'000);
  const auto beside = make_postgres_ledger(open_postgres(backend.options));
  std::atomic<std::int64_t> paid{0};
  const auto write = [&](ledger_store& mine, std::uint32_t from) {
    std::uint64_t under = mine.fence(background()).value();
    for (std::uint32_t n = 0; n < 60; ++n) {
      const auto r = mine.commit({{under, n + 1}, noon, {pay(from + n, 1)}});
      if (r.index() == 0)
        ++paid;
      else if (std::get<1>(r) == commit_error::fenced && n % 7 == 0)
        under = mine.fence(background()).value();
    }
  };
  std::thread other([&] { write(*beside, 10'000); });
  write(store(), 20'000);
  other.join();
  EXPECT_GT(paid, 0);
  EXPECT_EQ(balance(acct(1)), 1'000 - paid);
  EXPECT_EQ(balance(acct(2)), 1'000 + paid);
}

TEST_F(postgres_ledger_store, commits_nothing_when_its_backend_is_ended_before_the_commit) {
  open_funded(2, 100);
  run("CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
      " $$ BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$;"
      " CREATE TRIGGER slow BEFORE INSERT ON batches FOR EACH ROW EXECUTE FUNCTION slow()");
  std::thread killer([&] {
    while (number("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == 0)
      std::this_thread::yield();
    run("DROP TRIGGER slow ON batches");
  });
  // The trigger can't be dropped while the commit holds its table: end that first.
  std::thread ender([&] {
    while (number("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DROP TRIGGER%'"
                  " AND wait_event_type = 'Lock'") == 0)
      std::this_thread::yield();
    run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
  });
  const auto r = try_commit({pay(1, 30)});
  killer.join();
  ender.join();
  // The commit failed or was retried in time; it must not be applied twice or in part.
  const bool stored = r.index() == 0;
  if (!stored) expect_error(r, commit_error::unavailable);
  EXPECT_EQ(balance(acct(1)), stored ? 70 : 100);
  EXPECT_EQ(balance(acct(1)) + balance(acct(2)), 200);
}

/// The server ends the backend during COMMIT: the outcome is unknown until the fence finds out.
TEST_F(postgres_ledger_store, calls_a_commit_unknown_when_its_backend_is_ended_within_it) {
  open_funded(2, 100);
  run("CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS"
      " $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1);"
      " RETURN NEW; END $$;"
      " CREATE CONSTRAINT TRIGGER die AFTER INSERT ON batches DEFERRABLE INITIALLY DEFERRED"
      " FOR EACH ROW EXECUTE FUNCTION die()");
  const batch b = make({pay(1, 30)});
  expect_error(store().commit(b), commit_error::unknown);
  run("DROP TRIGGER die ON batches");
  raise();
  EXPECT_FALSE(store().find_batch(background(), b).value());
  EXPECT_EQ(balance(acct(1)), 100);
  EXPECT_EQ(outcome_of(pay(1, 30)), entry_outcome::committed);
  EXPECT_EQ(balance(acct(1)), 70);
}

TEST_F(postgres_ledger_store, gives_a_commit_up_at_its_time_limit) {
  open_funded(2, 100);
  backend.options.commit_timeout = std::chrono::milliseconds(100);
  backend.store = make_postgres_ledger(open_postgres(backend.options));
  raise();
  postgres_session holder(backend.options.url);
  holder.run("BEGIN; SELECT 1 FROM ledger FOR UPDATE");
  expect_error(try_commit({pay(1, 30)}), commit_error::unavailable);
  holder.run("ROLLBACK");
  // A busy machine may not make a commit within that limit.
  backend.options.commit_timeout = std::chrono::seconds(60);
  backend.store = make_postgres_ledger(open_postgres(backend.options));
  raise();
  EXPECT_EQ(outcome_of(pay(1, 30)), entry_outcome::committed);
}

TEST_F(postgres_ledger_store, lets_a_fence_end_with_its_context_while_another_holds_the_lock) {
  postgres_session holder(backend.options.url);
  holder.run("BEGIN; SELECT 1 FROM ledger FOR UPDATE");
  auto scope = lifeline::with_cancel(background());
  std::thread canceller([&] { scope.cancel(); });
  const auto fenced = store().fence(scope.ctx());
  canceller.join();
  ASSERT_FALSE(fenced);
  EXPECT_EQ(fenced.error().code, lifeline::ledger::errc::canceled);
  holder.run("ROLLBACK");
  raise();
}

TEST_F(postgres_ledger_store, comes_back_with_its_server) {
  open_funded(2, 100);
  commit({pay(1, 30)});
  const auto& server = postgres_server::instance();
  server.kill();
  expect_error(try_commit({pay(2, 1)}), commit_error::unavailable);
  EXPECT_EQ(store().last_sequence(background()).error().code,
            lifeline::ledger::errc::store_unavailable);
  server.start();
  const auto in_time = lifeline::with_timeout(background(), std::chrono::seconds(60));
  while (!store().fence(in_time.ctx()) && !in_time.ctx().done()) std::this_thread::yield();
  raise();
  while (!store().last_sequence(in_time.ctx()) && !in_time.ctx().done()) std::this_thread::yield();
  commit_result r = commit_error::unavailable;
  while (r.index() != 0 && !in_time.ctx().done()) r = try_commit({pay(3, 5)});
  EXPECT_EQ(balance(acct(1)), 65);
}

TEST_F(postgres_ledger_store, is_guarded_by_its_schema_against_a_bug_above) {
  open_funded(2, 100);
  const auto refused = [&](const std::string& statement) {
    try {
      run(statement);
      return false;
    } catch (const postgres_error& e) {
      return e.is_violation();
    }
  };
  EXPECT_TRUE(refused("UPDATE accounts SET posted = -1 WHERE type <> 'world'"));
  EXPECT_TRUE(refused("UPDATE accounts SET pending_out = 101 WHERE type <> 'world'"));
  EXPECT_TRUE(refused("UPDATE accounts SET posted = 9007199254740992 WHERE type = 'world'"));
  EXPECT_TRUE(refused("UPDATE accounts SET status = 'closed' WHERE type <> 'world'"));
  EXPECT_TRUE(refused("UPDATE transfers SET amount = 0"));
  EXPECT_TRUE(refused("UPDATE transfers SET to_account = from_account"));
  EXPECT_TRUE(refused("UPDATE transfers SET sequence = 1, first_sequence = 1"));
  EXPECT_TRUE(refused("DELETE FROM accounts"));
  EXPECT_TRUE(refused("TRUNCATE accounts CASCADE"));
  EXPECT_TRUE(refused("UPDATE accounts SET id = gen_random_uuid()"));
  EXPECT_TRUE(refused("DELETE FROM transfers"));
  EXPECT_TRUE(refused("UPDATE transfers SET to_account = gen_random_uuid()"));
  EXPECT_TRUE(
      refused("INSERT INTO account_entries VALUES (9, gen_random_uuid(), 'frozen', null, now())"));
  EXPECT_TRUE(refused("INSERT INTO transfer_entries VALUES (9, gen_random_uuid(), 'pending')"));
  for (const char* stranger : {"from_account", "to_account"})
    EXPECT_TRUE(refused(copy_of_transfer_with(stranger)));
}

/// One statement per table: round trips do not depend on the number of entries.
TEST_F(postgres_ledger_store, commits_a_batch_of_any_size_in_as_many_statements) {
  open_funded(2, 100'000);
  run("CREATE TABLE said (n int); INSERT INTO said VALUES (0);"
      " CREATE FUNCTION count_up() RETURNS trigger LANGUAGE plpgsql AS"
      " $$ BEGIN UPDATE said SET n = n + 1; RETURN NULL; END $$");
  for (const char* table : {"transfers", "accounts", "idempotency", "batches", "ledger"})
    run(std::string("CREATE TRIGGER counted AFTER INSERT OR UPDATE ON ") + table +
        " FOR EACH STATEMENT EXECUTE FUNCTION count_up()");
  std::vector<entry> many;
  for (std::uint32_t n = 0; n < 1'000; ++n)
    many.push_back(keyed(pay(n + 1, 1), "alice", std::to_string(n)));
  commit({keyed(pay(5'000, 1), "alice", "one")});
  const auto one = number("SELECT n FROM said");
  commit(std::move(many));
  EXPECT_EQ(number("SELECT n FROM said"), 2 * one);
}

}  // namespace bank::storage::tests
