#include "storage/ledger_store_fixture.hpp"

namespace bank::storage::tests {
namespace {

/// Notes each call before and after it; refuses all while told to.
class noting_hook final : public store_hook {
 public:
  struct note {
    operation what;
    std::optional<failure> failed;
    std::optional<committed_batch> committed;
  };

  std::optional<failure> around(const store_call& call, const rest_of_call& go_on) override {
    auto failed = refusal ? refusal : go_on();
    notes.push_back({call.what, failed, {}});
    if (call.committed != nullptr) notes.back().committed = *call.committed;
    return failed;
  }

  std::optional<failure> refusal;
  std::vector<note> notes;
};

std::optional<failure> refusal_of_test() {
  return failure{lifeline::ledger::errc::store_unavailable, outcome::none, "refused by a test"};
}

/// Every call that hooks see, in the order of `operation`.
void call_each(ledger_store& s, const batch& b) {
  const auto ctx = background();
  const auto call = [](const auto& /*answer*/) {};
  call(s.fence(ctx));
  call(s.commit(b));
  call(s.find_batch(ctx, b));
  call(s.close_past(ctx, noon, noon));
  call(s.last_time(ctx));
  call(s.find_account(ctx, acct(1)));
  call(s.find_transfer(ctx, tran(1)));
  call(s.find_key(ctx, "alice", "k"));
  call(s.forget_keys(ctx, noon));
  call(s.forget_key(ctx, "alice", "k", numbered(9, 1)));
  call(s.list_accounts(ctx, {}));
  call(s.history(ctx, acct(1), 0, 1));
  call(s.due(ctx, noon, {}, 1));
  call(s.entries(ctx, 0, 1));
  call(s.list_transfers(ctx, {}));
  call(s.balance_at(ctx, acct(1), noon));
  call(s.account_statement(ctx, acct(1), noon, noon, 1));
  call(s.list_owners(ctx, "", {}, 1));
  call(s.find_order(ctx, standing_order_id(numbered(3, 1))));
  call(s.list_orders(ctx, {}));
  call(s.due_orders(ctx, noon, {}, 1));
  call(s.totals(ctx));
  call(s.last_sequence(ctx));
}

template <class Backend>
class ledger_store_hook : public any_ledger_store<Backend> {};
TYPED_TEST_SUITE(ledger_store_hook, every_store, store_names);

TYPED_TEST(ledger_store_hook, runs_round_every_call_once) {
  noting_hook hook;
  this->store().around(hook);
  call_each(this->store(), this->make({open(account(1))}));
  ASSERT_EQ(hook.notes.size(), operation_count);
  for (std::size_t i = 0; i < operation_count; ++i)
    EXPECT_EQ(hook.notes[i].what, static_cast<operation>(i)) << i;
}

TYPED_TEST(ledger_store_hook, refuses_any_call_for_the_hooks_round_it) {
  noting_hook inner, outer;
  this->store().around(inner);
  this->store().around(outer);
  inner.refusal = refusal_of_test();
  call_each(this->store(), this->make({open(account(1))}));
  ASSERT_EQ(outer.notes.size(), operation_count);
  for (const auto& n : outer.notes) EXPECT_EQ(n.failed, refusal_of_test());
  expect_error(this->try_commit({open(account(1))}), commit_error::unavailable);
  EXPECT_EQ(this->store().last_sequence(background()).error(), *refusal_of_test());

  inner.refusal.reset();
  outer.refusal = refusal_of_test();
  inner.notes.clear();
  call_each(this->store(), this->make({open(account(1))}));
  EXPECT_TRUE(inner.notes.empty());
  outer.refusal.reset();
  EXPECT_EQ(this->last(), 0U);
}

TYPED_TEST(ledger_store_hook, learns_how_a_commit_ended) {
  noting_hook hook;
  this->store().around(hook);
  this->commit({open(account(1))});
  ASSERT_TRUE(hook.notes.back().committed);
  EXPECT_EQ(hook.notes.back().committed->results.at(0).sequence, 1U);
  EXPECT_FALSE(hook.notes.back().failed);

  const auto old = this->make({open(account(2))});
  this->raise();
  expect_error(this->store().commit(old), commit_error::fenced);
  EXPECT_FALSE(hook.notes.back().committed);
  ASSERT_TRUE(hook.notes.back().failed);
  EXPECT_EQ(hook.notes.back().failed->code, lifeline::ledger::errc::internal);
}

}  // namespace
}  // namespace bank::storage::tests
