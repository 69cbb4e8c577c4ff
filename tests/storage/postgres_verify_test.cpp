#include "bank/storage/postgres/verify.hpp"

#include "storage/ledger_store_fixture.hpp"
#include "storage/order_builders.hpp"

namespace bank::storage::tests {

/// A ledger with every kind of object, which is then changed by hand.
class postgres_verify : public any_ledger_store<in_postgres> {
 protected:
  postgres_verify() {
    open_funded(3, 100);
    transfer_record held = transfer(1, acct(1), acct(2), 30);
    held.status = transfer_status::pending;
    held.two_phase = true;
    transfer_record later = transfer(2, acct(2), acct(3), 7);
    later.status = transfer_status::scheduled;
    later.execute_at = noon + std::chrono::hours(1);
    commit({post(held), post(later), keyed(post(transfer(3, acct(1), acct(3), 5)), "alice", "k")});
    commit({begin(daily(1)), occur(1, 0)});
    commit({resolve_entry{tran(1), {transfer_status::posted, transfer_status::pending, 10, {}}, {}},
            change(3, to_frozen)});
  }

  verification found() {
    return verify_postgres_ledger(background(), backend.options.url, [](const verify_progress&) {})
        .value();
  }
  /// Bypasses the schema's checks.
  void meddle(const std::string& sql) {
    postgres_session(backend.options.url).run("SET session_replication_role = replica; " + sql);
  }
  void expect_broken(const std::string& sql) {
    meddle(sql);
    EXPECT_NE(found().broken, std::nullopt) << sql;
  }
};

TEST_F(postgres_verify, finds_whole_books_whole) {
  const auto v = found();
  EXPECT_EQ(v.broken, std::nullopt);
  EXPECT_EQ(v.accounts, 4U);
  EXPECT_EQ(v.sequence, last());
  EXPECT_EQ(v.chain.last, last());
  EXPECT_EQ(v.chain.head, store().totals(background())->head);
}

/// The key refers to the group's answer, which may contain no refusal.
TEST_F(postgres_verify, takes_the_key_of_a_group_for_whole) {
  lifeline::ledger::group_entry g;
  g.id = numbered(9, 1);
  g.key = lifeline::ledger::idempotency_key{"bob", "k", "digest"};
  commit({g});
  EXPECT_EQ(found().broken, std::nullopt);
}

TEST_F(postgres_verify, finds_a_changed_balance) {
  expect_broken("UPDATE accounts SET posted = posted + 1 WHERE type = 'checking'");
}
TEST_F(postgres_verify, finds_money_that_was_held_twice) {
  expect_broken("UPDATE accounts SET pending_in = 1 WHERE type = 'checking'");
}
TEST_F(postgres_verify, finds_a_changed_amount) {
  expect_broken("UPDATE transfers SET amount = 6 WHERE amount = 5 AND status = 'posted'");
}
TEST_F(postgres_verify, finds_a_changed_memo) {
  expect_broken("UPDATE transfers SET memo = 'other' WHERE amount = 5 AND status = 'posted'");
}
TEST_F(postgres_verify, finds_a_missing_entry) {
  expect_broken("DELETE FROM transfers WHERE amount = 5 AND status = 'posted'");
}
TEST_F(postgres_verify, finds_a_schedule_that_will_not_come_due) {
  expect_broken("UPDATE transfers SET due_at = NULL WHERE status = 'scheduled'");
}
TEST_F(postgres_verify, finds_a_standing_order_that_skips) {
  expect_broken("UPDATE standing_orders SET made = 2");
}
TEST_F(postgres_verify, finds_a_lost_batch) {
  expect_broken("DELETE FROM batches WHERE number = 2");
}
TEST_F(postgres_verify, finds_a_batch_that_is_dated_back) {
  expect_broken("UPDATE batches SET at = at - interval '1 second' WHERE number = 2");
}
TEST_F(postgres_verify, finds_a_time_that_is_not_of_the_last_batch) {
  expect_broken("UPDATE ledger SET last_at = last_at + interval '1 second'");
}
TEST_F(postgres_verify, finds_a_key_that_leads_nowhere) {
  expect_broken("UPDATE idempotency SET object = '00000000-0000-0000-0000-0000000000ff'");
}
TEST_F(postgres_verify, finds_a_changed_head) {
  expect_broken("UPDATE ledger SET head = decode(repeat('11', 32), 'hex')");
}

}  // namespace bank::storage::tests
