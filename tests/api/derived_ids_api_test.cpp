#include "api/post_requests.hpp"
#include "bank/json/canonical.hpp"
#include "lifeline/ledger/messages/order_requests.hpp"
#include "lifeline/work/ask_and_wait.hpp"

// Nobody can take a derived id; ids derived by a version without a secret are found.

namespace bank::api::testing {
namespace {

namespace ledger = lifeline::ledger;
using ledger::uuid;

ledger::ledger_secret some_secret(bool had_none) { return {ledger::random_secret(), had_none}; }

/// The parameter: a version without a secret wrote the ledger before.
class taken_ids : public post_requests, public ::testing::WithParamInterface<bool> {
 protected:
  taken_ids() : post_requests(some_secret(GetParam())) {
    mallory_ = add_token(storage::role::customer, "mallory");
    m1_ = open("mallory");
    m2_ = open("mallory");
  }

  /// Mallory schedules a transfer of her own under the id, which needs no money.
  void take(const uuid& id) {
    const reply r = post(
        "/v1/transfers", mallory_,
        transfer(m1_, m2_, 1, R"(,"execute_at":"2999-01-01T00:00:00Z","id":")" + id.str() + "\""));
    ASSERT_EQ(r.status, 201U) << r.body;
  }
  void take_account(const uuid& id) {
    const reply r = post("/v1/accounts", mallory_,
                         R"({"type":"checking","currency":"USD","id":")" + id.str() + "\"}");
    ASSERT_EQ(r.status, 201U) << r.body;
  }
  /// The id anybody can compute, for the first or only object of a request.
  static uuid public_id(const std::string& route, const std::string& key,
                        const std::string& place = "0") {
    return uuid::derive({"admin:root", "POST " + route, key, place});
  }

  std::string mallory_, m1_, m2_;
};

INSTANTIATE_TEST_SUITE_P(after, taken_ids, ::testing::Values(false, true), [](const auto& p) {
  return p.param ? "versions_without_a_secret" : "no_other_version";
});

TEST_P(taken_ids, do_not_prevent_a_reversal) {
  const std::string paid = deposit(m1_, 700);
  take(uuid::derive({"reversal", paid}));
  const reply first = post("/v1/transfers/" + paid + "/reverse", admin_, "{}");
  ASSERT_EQ(first.status, 201U) << first.body;
  EXPECT_EQ(first.text("reverses"), paid);
  EXPECT_EQ(posted(m1_), 0);
  restart();
  const reply again = post("/v1/transfers/" + paid + "/reverse", admin_, "{}");
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.field("idempotency-replayed"), "true");
}

/// Knowing the id of a failed reversal gives nothing.
TEST_P(taken_ids, of_a_reversal_are_skipped_even_if_known) {
  const std::string paid = deposit(m1_, 700);
  const auto id = *ledger::transfer_id::parse(paid);
  take(ledger::reversal_id(books_->ids(), id, 0));
  take(ledger::reversal_id(books_->ids(), id, 1));
  const reply first = post("/v1/transfers/" + paid + "/reverse", admin_, "{}");
  ASSERT_EQ(first.status, 201U) << first.body;
  EXPECT_EQ(post("/v1/transfers/" + paid + "/reverse", admin_, "{}").body, first.body);
  EXPECT_EQ(posted(m1_), 0);
}

TEST_P(taken_ids, break_no_key) {
  let_jobs_end();
  for (const std::string& pattern : post_routes()) {
    const std::string key = "k" + pattern;
    for (const char* place : {"0", "1", "2", "batch"}) {
      take(public_id(pattern, key, place));
      take_account(public_id(pattern, key, place));
    }
    const post_request r = fresh(pattern);
    const reply first = send(r, key);
    ASSERT_EQ(first.status / 100, 2U) << pattern << ' ' << first.body;
    EXPECT_EQ(first.field("idempotency-replayed"), "");
    EXPECT_EQ(first.body.find("\"code\""), std::string::npos) << first.body;
    EXPECT_EQ(send(r, key).field("idempotency-replayed"), "true") << pattern;
  }
}

TEST_P(taken_ids, break_no_atomic_batch) {
  for (const char* place : {"0", "1", "batch"}) take(public_id("/v1/transfers/batch", "k", place));
  const post_request r{"/v1/transfers/batch", R"({"atomic":true,"transfers":[)" +
                                                  transfer("world", a_, 5) + "," +
                                                  transfer("world", b_, 6) + "]}"};
  const reply first = send(r, "k");
  ASSERT_EQ(first.status, 200U);
  EXPECT_EQ(first.body.find("\"code\""), std::string::npos) << first.body;
  EXPECT_EQ(posted(a_), 5);
  EXPECT_EQ(posted(b_), 6);
}

TEST(derived_ids, of_two_ledgers_differ) {
  const ledger::id_deriver one(some_secret(false)), other(some_secret(false));
  EXPECT_NE(one.of({"reversal", "x", "0"}), other.of({"reversal", "x", "0"}));
}

TEST_P(taken_ids, appear_in_no_answer_to_a_failed_request) {
  const std::string paid = deposit(m1_, 700);
  ASSERT_EQ(post("/v1/transfers", mallory_, transfer(m1_, a_, 700)).status, 201U);
  const auto id = *ledger::transfer_id::parse(paid);
  const std::string hidden = ledger::reversal_id(books_->ids(), id).str();
  const std::string target = "/v1/transfers/" + paid + "/reverse";
  // It is a deposit: only an admin may reverse it.
  const reply poor = post(target, admin_, "{}");
  EXPECT_EQ(poor.code(), "insufficient_funds");
  EXPECT_EQ(poor.body.find(hidden), std::string::npos) << poor.body;
  deposit(m1_, 700);
  for (const auto how : {storage::commit_fault::unavailable, storage::commit_fault::violated,
                         storage::commit_fault::unknown_and_lost}) {
    store_.fail_next_commit(how);
    const reply failed = post(target, admin_, "{}");
    EXPECT_GE(failed.status, 500U);
    EXPECT_EQ(failed.body.find(hidden), std::string::npos) << failed.body;
  }
}

// -- objects made by a version without a secret ---------------------------------------------------

/// Sends requests as that version did: with ids that anybody can compute.
class without_secret : public post_requests {
 protected:
  without_secret() : post_requests(some_secret(true)) {}

  template <class Answer, class Message>
  Answer ask(const caf::actor& who, Message m) {
    return *lifeline::ask_and_wait<Answer>(rt_.system(), rt_.background(), who, std::move(m));
  }
  static ledger::idempotency_key key_of(const post_request& r, const std::string& key) {
    const json::document body(r.body);
    return {"admin:root", key, json::request_digest("POST " + r.target, body.root())};
  }
  static uuid old_id(const post_request& r, const std::string& key,
                     const std::string& place = "0") {
    return uuid::derive({"admin:root", "POST " + r.target, key, place});
  }
  static ledger::transfer_record deposit_of(const std::string& to, std::int64_t minor) {
    ledger::transfer_record t;
    t.amount = {minor, *ledger::currency::parse("USD")};
    t.from = ledger::world_account(t.amount.unit);
    t.to = *ledger::account_id::parse(to);
    return t;
  }
  void expect_first(const post_request& r, const std::string& key, const std::string& id) {
    for (int life = 0; life < 2; ++life, restart()) {
      const reply again = send(r, key);
      EXPECT_EQ(again.status / 100, 2U) << again.body;
      EXPECT_EQ(again.field("idempotency-replayed"), "true") << again.body;
      EXPECT_EQ(again.text("id"), id);
    }
  }
};

TEST_F(without_secret, a_transfer_is_reversed_once) {
  const std::string paid = deposit(a_, 30);
  const auto original = **store_.find_transfer(rt_.background(), *ledger::transfer_id::parse(paid));
  const ledger::transfer_id id(uuid::derive({"reversal", paid}));
  ledger::submit_transfer m;
  m.transfer = *ledger::reversal_of(original, id);
  m.may_be_repeated = true;
  ASSERT_FALSE(ask<ledger::transfer_answer>(books_->processor_of(id), m).refused);
  deposit(a_, 100);
  for (int life = 0; life < 2; ++life, restart()) {
    const reply again = post("/v1/transfers/" + paid + "/reverse", admin_, "{}");
    EXPECT_EQ(again.status, 201U) << again.body;
    EXPECT_EQ(again.text("id"), id.str());
    EXPECT_EQ(again.field("idempotency-replayed"), "true");
    EXPECT_EQ(posted(a_), 100);
  }
}

TEST_F(without_secret, a_transfer_s_key_answers) {
  const post_request r{"/v1/transfers", transfer("world", a_, 5)};
  ledger::submit_transfer m;
  m.transfer = deposit_of(a_, 5);
  m.transfer.id = ledger::transfer_id(old_id(r, "k"));
  m.key = key_of(r, "k");
  m.may_be_repeated = true;
  ASSERT_FALSE(ask<ledger::transfer_answer>(books_->processor_of(m.transfer.id), m).refused);
  expect_first(r, "k", m.transfer.id.str());
  EXPECT_EQ(posted(a_), 5);
}

TEST_F(without_secret, a_batch_s_key_answers) {
  const post_request r{"/v1/transfers/batch", R"({"transfers":[)" + transfer("world", a_, 5) + "," +
                                                  transfer(a_, b_, 1'000) + "," +
                                                  transfer("world", b_, 6) + "]}"};
  ledger::submit_batch m;
  m.id = old_id(r, "k", "batch");
  m.key = key_of(r, "k");
  m.items = {{deposit_of(a_, 5), true}, {deposit_of(b_, 1'000), true}, {deposit_of(b_, 6), true}};
  m.items[1].transfer.from = *ledger::account_id::parse(a_);
  for (std::size_t i = 0; i < 3; ++i)
    m.items[i].transfer.id = ledger::transfer_id(old_id(r, "k", std::to_string(i)));
  const auto first = ask<ledger::batch_answer>(books_->processor_of(m.id), m);
  ASSERT_FALSE(first.refused);
  for (int life = 0; life < 2; ++life, restart()) {
    const reply again = send(r, "k");
    ASSERT_EQ(again.status, 200U) << again.body;
    EXPECT_EQ(again.field("idempotency-replayed"), "true");
    const auto rows = again.rows();
    EXPECT_EQ(rows.at(0).at("transfer").at("id").as_string(), m.items[0].transfer.id.str());
    EXPECT_EQ(rows.at(1).at("code").as_string(), "insufficient_funds");
    EXPECT_EQ(rows.at(2).at("transfer").at("id").as_string(), m.items[2].transfer.id.str());
    EXPECT_EQ(posted(a_), 5);
    EXPECT_EQ(posted(b_), 6);
  }
}

TEST_F(without_secret, an_account_s_key_answers) {
  const post_request r = fresh("/v1/accounts");
  ledger::open_account m;
  m.account.id = ledger::account_id(old_id(r, "k"));
  m.account.owner = "o" + std::to_string(amount_);
  m.account.unit = *ledger::currency::parse("USD");
  m.key = key_of(r, "k");
  ASSERT_FALSE(ask<ledger::account_answer>(books_->shard_of(m.account.id), m).refused);
  expect_first(r, "k", m.account.id.str());
}

TEST_F(without_secret, a_standing_order_s_key_answers) {
  const post_request r = fresh("/v1/standing-orders");
  ledger::open_order m;
  m.order.id = ledger::standing_order_id(old_id(r, "k"));
  m.order.seed = uuid::make_v7(now());
  m.order.from = *ledger::account_id::parse(a_);
  m.order.to = *ledger::account_id::parse(b_);
  m.order.amount = {amount_, *ledger::currency::parse("USD")};
  m.order.schedule.every = ledger::interval::month;
  m.order.schedule.first_at = now() + std::chrono::hours(24);
  m.key = key_of(r, "k");
  ASSERT_FALSE(ask<ledger::order_answer>(books_->order_processor(), m).refused);
  expect_first(r, "k", m.order.id.str());
}

TEST_F(without_secret, a_job_s_key_answers) {
  let_jobs_end();
  const post_request r{"/v1/jobs", R"({"kind":"verify"})"};
  const std::string id = old_id(r, "k").str();
  ASSERT_TRUE(pool_->submit(rt_.background(), {"verify", "{}", "admin:root", id}));
  expect_first(r, "k", id);
  EXPECT_EQ(send({"/v1/jobs", R"({"kind":"reconcile"})"}, "k").code(), "idempotency_mismatch");
  EXPECT_EQ(kept_.list(rt_.background(), {})->size(), 1U);
}

TEST_F(without_secret, a_token_s_key_answers) {
  const post_request r{"/v1/admin/tokens", R"({"role":"customer","owner":"carol"})"};
  storage::token_record t;
  t.id = old_id(r, "k").str();
  t.hash = storage::make_secret().hash;
  t.owner = "carol";
  t.created_at = now();
  ASSERT_TRUE(tokens_.add(rt_.background(), t));
  const std::size_t before = tokens_.list(rt_.background())->size();
  expect_first(r, "k", t.id);
  EXPECT_EQ(send({r.target, R"({"role":"auditor"})"}, "k").code(), "idempotency_mismatch");
  EXPECT_EQ(tokens_.list(rt_.background())->size(), before);
}

}  // namespace
}  // namespace bank::api::testing
