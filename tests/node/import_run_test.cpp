#include "bank/node/import/import_run.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <memory>
#include <thread>

#include "bank/node/import/import_report.hpp"
#include "bank/storage/memory/ledger_store.hpp"
#include "lifeline/work/ask_and_wait.hpp"

namespace bank::node {
namespace {

using namespace lifeline::ledger;

const std::string bookings_header =
    "id,account,date,direction,amount_minor,kind,counterparty_bank,counterparty_account\n";

/// A ledger on a memory store.
class an_import : public ::testing::Test {
 protected:
  explicit an_import(const ledger_secret& secret = {}) : store(secret) {
    ledger_options o;
    o.processors = 3;
    o.directory_shards = 4;
    auto made = ledger::start(rt, store, o, [](const std::string&) {});
    if (!made) throw std::runtime_error(made.error().detail);
    books = std::move(*made);
    parameters.unit = *currency::parse("CZK");
    parameters.files.accounts = "account,opened,statement\n7,2024-01-01,m\n8,2024-01-01,m\n";
    parameters.files.bookings = bookings_header +
                                "1,7,2024-01-02,credit,500,cash_deposit,,\n"
                                "2,8,2024-01-02,credit,100,,,\n"
                                "3,7,2024-01-03,debit,700,cash_withdrawal,AB,12\n"
                                "4,7,2024-01-03,credit,250,,,\n"
                                "5,7,2024-01-04,debit,300,,,\n";
    parameters.overdraft_limit = 250;
  }
  ~an_import() override { books.reset(); }

  import_plan plan() const {
    auto recorded = read_imported_books(parameters);
    return make_import_plan(parameters, std::move(*recorded), books->ids());
  }
  std::unique_ptr<import_run> run(const import_plan& p, const lifeline::context& ctx) {
    auto made = std::make_unique<import_run>(
        import_bank{rt, *books, store}, p, lifeline::duration::max(), [this](auto done, auto all) {
          told.emplace_back(done, all);
          if (on_row) on_row(done);
        });
    made->run(ctx);
    return made;
  }
  template <class Answer, class Message>
  Answer ask(const caf::actor& who, Message m) {
    return *lifeline::ask_and_wait<Answer>(rt.system(), rt.background(), who, std::move(m));
  }
  /// Another client opens an account with the id.
  void take_account(const account_id& id) {
    open_account m;
    m.account.id = id;
    m.account.owner = "mallory";
    m.account.unit = parameters.unit;
    m.client_chose_id = true;
    ASSERT_FALSE(ask<account_answer>(books->shard_of(id), m).refused);
  }
  /// Another client schedules a transfer with the id.
  void take_transfer(const transfer_id& id, const account_id& from, const account_id& to) {
    submit_transfer m;
    m.transfer.id = id;
    m.transfer.from = from;
    m.transfer.to = to;
    m.transfer.amount = {1, parameters.unit};
    m.transfer.execute_at = rt.time().wall_now() + std::chrono::hours(24);
    ASSERT_FALSE(ask<transfer_answer>(books->processor_of(id), m).refused);
  }
  std::int64_t balance_of(const account_id& id) {
    return store.find_account(rt.background(), id).value().value().posted;
  }
  bank::books::lane_counts import() {
    return run(planned = plan(), rt.background())->schedule().counts();
  }
  std::int64_t balance(std::size_t lane) {
    return store.find_account(rt.background(), planned.lanes[lane].id).value().value().posted;
  }
  std::uint64_t sequence() { return store.last_sequence(rt.background()).value(); }

  lifeline::runtime rt{{}};
  storage::memory_ledger_store store;
  std::unique_ptr<ledger> books;
  api::import_parameters parameters;
  import_plan planned;
  std::vector<std::pair<std::size_t, std::size_t>> told;
  std::function<void(std::size_t)> on_row;
};

TEST_F(an_import, brings_every_row_into_the_books) {
  const auto counts = import();
  EXPECT_EQ(counts.opened, 2U);
  EXPECT_EQ(counts.posted, 5U);
  EXPECT_EQ(counts.transfers_refused, 0U);
  EXPECT_EQ(balance(0), -250) << "500 - 700 + 250 - 300";
  EXPECT_EQ(balance(1), 100);
  EXPECT_EQ(store.totals(rt.background()).value().currencies.at(0).sum, 0);
  ASSERT_EQ(told.size(), 7U);
  EXPECT_EQ(told.back(), (std::pair<std::size_t, std::size_t>{7, 7}));
}

TEST_F(an_import, keeps_the_order_of_an_account_s_rows) {
  import();
  const auto rows = store.history(rt.background(), planned.lanes[0].id, 0, 10).value().rows;
  ASSERT_EQ(rows.size(), 4U);
  const std::int64_t after[] = {-250, 50, -200, 500};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(rows[i].balance_after, after[i]) << i;
  EXPECT_EQ(rows[0].transfer.memo, "2024-01-04");
  EXPECT_EQ(rows[3].transfer.kind, "cash_deposit");
}

TEST_F(an_import, names_a_refused_row_and_goes_on) {
  parameters.overdraft_limit = 100;
  const import_plan p = planned = plan();
  const auto r = run(p, rt.background());
  EXPECT_EQ(r->schedule().counts().posted, 4U);
  ASSERT_EQ(r->schedule().named().size(), 1U);
  EXPECT_EQ(
      describe(p, r->schedule().named()[0]).find("transactions.csv:4: 3: insufficient_funds: "), 0U)
      << describe(p, r->schedule().named()[0]);
  EXPECT_EQ(balance(0), 450);
  EXPECT_EQ(r->credits_minor(), 850);
  EXPECT_EQ(r->debits_minor(), 300);
}

TEST_F(an_import, moves_nothing_when_it_is_repeated) {
  import();
  const auto before = sequence();
  const auto counts = import();
  EXPECT_EQ(sequence(), before);
  EXPECT_EQ(counts.opened + counts.posted, 0U);
  EXPECT_EQ(counts.accounts_found, 2U);
  EXPECT_EQ(counts.transfers_found, 5U);
}

TEST_F(an_import, refuses_again_what_was_refused_although_there_would_be_money_now) {
  parameters.overdraft_limit = 100;
  import();
  const auto before = sequence();
  const auto counts = import();
  EXPECT_EQ(sequence(), before);
  EXPECT_EQ(counts.transfers_refused, 1U);
  EXPECT_EQ(balance(0), 450);
}

TEST_F(an_import, is_the_same_with_closing_balances_or_without) {
  import();
  const auto before = sequence();
  parameters.files.closing = "account,balance_minor\n7,-250\n8,100\n";
  import();
  EXPECT_EQ(sequence(), before);
  const auto compared = compare_closing(rt.background(), store, planned).value();
  EXPECT_EQ(compared.compared, 2U);
  EXPECT_EQ(compared.differ, 0U);
}

TEST_F(an_import, goes_on_where_it_was_called_off) {
  for (std::size_t rows = 1; rows < 7; ++rows) {
    parameters.owner = "alice" + std::to_string(rows);
    auto scope = with_cancel(rt.background());
    on_row = [&](std::size_t done) {
      if (done == rows) scope.cancel();
    };
    const import_plan p = planned = plan();
    const auto first = run(p, scope.ctx());
    EXPECT_TRUE(rows >= 5 || !first->schedule().finished()) << rows;
    on_row = nullptr;
    import();
    EXPECT_EQ(balance(0), -250);
    EXPECT_EQ(balance(1), 100);
    const auto history = store.history(rt.background(), p.lanes[0].id, 0, 10).value().rows;
    EXPECT_EQ(history.size(), 4U) << "nothing is there twice";
  }
}

TEST_F(an_import, waits_out_a_store_that_fails_and_guesses_nothing) {
  using storage::commit_fault;
  for (const auto fault : {commit_fault::unavailable, commit_fault::unknown_but_stored,
                           commit_fault::unknown_and_lost, commit_fault::unknown_then_late})
    store.fail_next_commit(fault);
  const auto counts = import();
  EXPECT_GT(counts.retries, 0U);
  EXPECT_EQ(counts.transfers_refused + counts.accounts_refused, 0U);
  EXPECT_EQ(counts.posted + counts.transfers_found, 5U);
  EXPECT_EQ(balance(0), -250);
  EXPECT_EQ(balance(1), 100);
}

TEST_F(an_import, refuses_an_account_whose_reference_is_taken_and_takes_the_others) {
  parameters.owner = "alice";
  import();
  parameters.overdraft_limit = 300;  // so that it is another import
  const auto counts = import();
  EXPECT_EQ(counts.accounts_refused, 2U);
  EXPECT_EQ(counts.transfers_refused, 5U);
  EXPECT_EQ(counts.posted, 0U);
}

TEST_F(an_import, reports_what_came_of_it) {
  parameters.overdraft_limit = 100;
  parameters.owner = "alice";
  const import_plan p = planned = plan();
  const auto r = run(p, rt.background());
  const auto compared = compare_closing(rt.background(), store, p).value();
  const auto o = boost::json::parse(report_of(p, *r, compared)).as_object();
  EXPECT_EQ(o.at("owner").as_string(), "alice");
  EXPECT_EQ(o.at("accounts").at("opened").as_int64(), 2);
  EXPECT_EQ(o.at("transfers").at("rows").as_int64(), 5);
  EXPECT_EQ(o.at("transfers").at("refused").as_int64(), 1);
  EXPECT_EQ(o.at("credits").as_int64(), 850);
  EXPECT_EQ(o.at("closing").at("differ").as_int64(), 1);
  EXPECT_EQ(o.at("closing").at("first").at(0).at("holds").as_int64(), 450);
  const auto& row = o.at("refused").at(0);
  EXPECT_EQ(row.at("file").as_string(), "transactions.csv");
  EXPECT_EQ(row.at("line").as_int64(), 4);
  EXPECT_EQ(row.at("id").as_string(), "3");
  EXPECT_EQ(row.at("code").as_string(), "insufficient_funds");
}

TEST_F(an_import, pays_no_account_of_another_owner_that_has_its_identifier) {
  const account_id taken = plan().lanes[0].id;
  take_account(taken);
  const import_plan p = planned = plan();
  const auto r = run(p, rt.background());
  EXPECT_EQ(balance_of(taken), 0);
  EXPECT_EQ(r->schedule().counts().accounts_refused, 1U);
  EXPECT_EQ(r->schedule().counts().transfers_refused, 4U);
  ASSERT_FALSE(r->schedule().named().empty());
  EXPECT_EQ(r->schedule().named()[0].code, "already_exists");
  EXPECT_EQ(balance(1), 100) << "the other account";
}

TEST_F(an_import, counts_no_transfer_of_other_content_that_has_its_identifier) {
  take_account(account_id(uuid::derive({"m1"})));
  take_account(account_id(uuid::derive({"m2"})));
  auto scope = with_cancel(rt.background());
  on_row = [&](std::size_t) { scope.cancel(); };
  planned = plan();
  run(planned, scope.ctx());
  on_row = nullptr;
  take_transfer(planned.lanes[0].transfers[3].id, account_id(uuid::derive({"m1"})),
                account_id(uuid::derive({"m2"})));
  const auto r = run(planned, rt.background());
  EXPECT_EQ(r->schedule().counts().transfers_refused, 1U);
  EXPECT_EQ(r->schedule().named().at(0).code, "idempotency_mismatch");
  EXPECT_EQ(balance(0), 50) << "500 - 700 + 250";
}

TEST_F(an_import, finds_its_accounts_although_their_limit_was_changed) {
  import();
  change_account m;
  m.account = planned.lanes[0].id;
  m.change.overdraft_limit = 900;
  ASSERT_FALSE(ask<account_answer>(books->shard_of(m.account), m).refused);
  const auto counts = import();
  EXPECT_EQ(counts.accounts_found, 2U);
  EXPECT_EQ(counts.transfers_found, 5U);
}

TEST(an_import_run, knows_which_answers_are_final) {
  for (const errc e : {errc::insufficient_funds, errc::account_closed, errc::balance_limit,
                       errc::idempotency_mismatch, errc::not_found, errc::internal})
    EXPECT_TRUE(is_final(e)) << to_string(e);
  for (const errc e : {errc::in_progress, errc::store_unavailable, errc::overloaded,
                       errc::shutting_down, errc::canceled, errc::deadline_exceeded})
    EXPECT_FALSE(is_final(e)) << to_string(e);
}

/// With a ledger written by a version without a ledger secret.
class an_earlier_import : public an_import {
 protected:
  an_earlier_import() : an_import({random_secret(), true}) {}

  /// The plan of that version.
  import_plan old_plan() const {
    import_plan p = plan();
    p.lanes = books::plan_lanes(p.recorded, [&](std::string_view kind, std::string_view row) {
      return uuid::derive({p.name, kind, row});
    });
    return p;
  }
  /// The plan of a job or the command. Requests of the earlier version have ended with its process.
  bank::books::lane_counts go_on() {
    while (books->in_flight() != 0) std::this_thread::yield();
    planned = plan();
    EXPECT_TRUE(keep_ids_without_secret(rt.background(), store, books->ids(), planned));
    return run(planned, rt.background())->schedule().counts();
  }
  std::size_t accounts() {
    return store.list_accounts(rt.background(), {}).value().rows.size() - 1;  // the world
  }
};

TEST_F(an_earlier_import, that_is_repeated_moves_nothing) {
  run(old_plan(), rt.background());
  const auto before = sequence();
  const auto counts = go_on();
  EXPECT_EQ(sequence(), before);
  EXPECT_EQ(counts.accounts_found, 2U);
  EXPECT_EQ(counts.transfers_found, 5U);
  EXPECT_EQ(balance(0), -250);
}

TEST_F(an_earlier_import, goes_on_where_it_ended) {
  for (std::size_t rows = 1; rows < 7; ++rows) {
    parameters.owner = "alice" + std::to_string(rows);
    auto scope = with_cancel(rt.background());
    on_row = [&](std::size_t done) {
      if (done == rows) scope.cancel();
    };
    run(old_plan(), scope.ctx());
    on_row = nullptr;
    const auto counts = go_on();
    EXPECT_EQ(counts.transfers_refused + counts.accounts_refused, 0U);
    EXPECT_EQ(counts.transfers_found + counts.posted, 5U);
    EXPECT_EQ(balance(0), -250) << rows;
    EXPECT_EQ(balance(1), 100) << rows;
    EXPECT_EQ(accounts(), 2 * rows);
    const auto before = sequence();
    go_on();
    EXPECT_EQ(sequence(), before) << "and then it is whole";
  }
}

TEST_F(an_earlier_import, leaves_a_stranger_s_account_alone) {
  const account_id taken = old_plan().lanes[0].id;
  take_account(taken);
  const auto counts = go_on();
  EXPECT_EQ(counts.opened, 2U);
  EXPECT_EQ(counts.posted, 5U);
  EXPECT_EQ(balance_of(taken), 0);
  EXPECT_EQ(balance(0), -250);
}

TEST_F(an_earlier_import, books_a_row_whose_old_identifier_was_taken) {
  take_account(account_id(uuid::derive({"m1"})));
  take_account(account_id(uuid::derive({"m2"})));
  auto scope = with_cancel(rt.background());
  on_row = [&](std::size_t done) {
    if (done == 3) scope.cancel();
  };
  const import_plan old = old_plan();
  run(old, scope.ctx());
  on_row = nullptr;
  take_transfer(old.lanes[0].transfers[3].id, account_id(uuid::derive({"m1"})),
                account_id(uuid::derive({"m2"})));
  const auto counts = go_on();
  EXPECT_EQ(counts.transfers_refused, 0U);
  EXPECT_EQ(balance(0), -250);
  EXPECT_EQ(balance(1), 100);
}

}  // namespace
}  // namespace bank::node
