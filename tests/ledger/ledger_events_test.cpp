#include "lifeline/ledger/ledger_events.hpp"

#include <random>

#include "ledger/orders_fixture.hpp"
#include "random_seed.hpp"

namespace lifeline::ledger::testing {
namespace {

using std::chrono::seconds;

/// A ledger that alice and bob used before there was a subscriber, and one subscriber.
class the_journals_events : public orders_fixture {
 protected:
  the_journals_events() {
    listen_to(bus_);
    heard_until_ = options_.events.last_sequence();
    before_ = heard_until_;
  }

  void listen_to(event_bus& bus) {
    options_.events = bus.topic("ledger", {.window = 10'000});
    restart();
    place_ = bus.subscribe(rt_.background());
  }

  /// The events since the last call, checked to be consecutive. Waits for those of answered
  /// requests: an account answers before the event of its opening or change is published.
  std::vector<ledger_event> heard() {
    std::vector<ledger_event> events;
    const auto stored = store_.last_sequence(rt_.background());
    while (stored && options_.events.last_sequence() < *stored) std::this_thread::yield();
    for (auto items = place_.read(1'000); !items.empty(); items = place_.read(1'000)) {
      for (const bus_item& item : items) {
        const auto* e = std::get_if<event_ptr>(&item);
        if (e == nullptr) {
          ADD_FAILURE() << "a gap of " << std::get<gap>(item).missed;
          continue;
        }
        events.push_back(*(*e)->as<ledger_event>());
        EXPECT_EQ(events.back().sequence, ++heard_until_);
        EXPECT_EQ((*e)->sequence(), heard_until_);
      }
    }
    return events;
  }
  std::vector<entry_kind> kinds_heard() {
    std::vector<entry_kind> kinds;
    for (const auto& e : heard()) kinds.push_back(e.kind);
    return kinds;
  }
  std::vector<ledger_event> stored_behind(std::uint64_t after) {
    return events_behind(store_, rt_.background(), after).value();
  }
  /// A permanent subscriber and a reader of the store get the same events.
  void expect_all_heard() {
    const auto live = heard();
    const auto stored = stored_behind(before_);
    ASSERT_EQ(live.size(), stored.size());
    for (std::size_t i = 0; i < live.size(); ++i) {
      EXPECT_EQ(live[i].kind, stored[i].kind) << live[i].sequence;
      EXPECT_TRUE(live[i] == stored[i]) << "entry " << live[i].sequence;
    }
  }
  transfer_answer pay(const std::string& name, std::int64_t minor) {
    return submit(repeatable(transfer_of(name, account("alice"), account("bob"), minor)));
  }

  event_bus bus_{rt_.system()};
  subscription place_;
  std::uint64_t heard_until_ = 0;
  std::uint64_t before_ = 0;
};

TEST_F(the_journals_events, are_published_again_at_the_start_for_those_who_left) {
  EXPECT_EQ(heard_until_, store_.last_sequence(rt_.background()).value());
  auto late = bus_.subscribe(rt_.background(), {.from_the_oldest = true});
  EXPECT_EQ(late.read().size(), heard_until_);
}

TEST_F(the_journals_events, are_one_for_each_committed_entry) {
  using enum entry_kind;
  EXPECT_FALSE(pay("t", 10).refused);
  EXPECT_FALSE(submit(hold("h", 20)).refused);
  EXPECT_FALSE(post("h", 15).refused);
  EXPECT_FALSE(submit(hold("v", 5)).refused);
  EXPECT_FALSE(make_void("v").refused);
  EXPECT_FALSE(submit(schedule("s", 1, seconds(5))).refused);
  EXPECT_FALSE(submit(hold("x", 2, seconds(5))).refused);
  clock_.advance(seconds(5));
  execute_all_due();
  EXPECT_FALSE(open(account_of("carol")).refused);
  EXPECT_EQ(kinds_heard(),
            (std::vector<entry_kind>{posted, pending, posted, pending, voided, scheduled, pending,
                                     posted, expired, account_opened}));
}

TEST_F(the_journals_events, say_what_each_entry_left) {
  submit(hold("h", 20));
  post("h", 15);
  const auto events = heard();
  ASSERT_EQ(events.size(), 2U);
  const auto& held = std::get<transfer_record>(events[0].what);
  EXPECT_EQ(held.status, transfer_status::pending);
  EXPECT_EQ(held.amount.minor, 20);
  EXPECT_FALSE(held.posted_at);
  const auto& posted = std::get<transfer_record>(events[1].what);
  EXPECT_EQ(posted.status, transfer_status::posted);
  EXPECT_EQ(posted.amount.minor, 15);
  EXPECT_EQ(posted.from, account("alice"));
  EXPECT_TRUE(concerns(events[1], account("bob")));
  EXPECT_FALSE(concerns(events[1], account("carol")));
  EXPECT_EQ(posted, found("h"));
}

TEST_F(the_journals_events, report_transfers_rejected_when_due) {
  ASSERT_FALSE(submit(schedule("s", 200, seconds(5))).refused);
  clock_.advance(seconds(5));
  execute_all_due();
  const auto events = heard();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].kind, entry_kind::rejected);
  const auto& rejected = std::get<transfer_record>(events[1].what);
  EXPECT_EQ(rejected.reason, "insufficient_funds");
  EXPECT_EQ(rejected, found("s"));
}

TEST_F(the_journals_events, tell_of_a_rejected_hold_as_it_was_scheduled) {
  transfer_record t = schedule("s", 200, seconds(5));
  t.two_phase = true;
  t.expires_in = seconds(60);
  ASSERT_FALSE(submit(t).refused);
  clock_.advance(seconds(5));
  execute_all_due();
  const auto events = heard();
  ASSERT_EQ(events.size(), 2U);
  const auto& rejected = std::get<transfer_record>(events[1].what);
  EXPECT_EQ(rejected.status, transfer_status::rejected);
  EXPECT_FALSE(rejected.expires_at) << "it never was a hold";
  EXPECT_EQ(rejected, found("s"));
}

TEST_F(the_journals_events, tell_of_an_account_as_each_change_left_it) {
  const auto change = [&](account_change c) {
    const auto& shard = books_->shard_of(account("carol"));
    EXPECT_FALSE(
        ask_later<account_answer>(shard, rt_.background(), change_account{account("carol"), c})
            .get()
            .refused);
  };
  account_record carol = account_of("carol");
  carol.overdraft_limit = 7;
  EXPECT_FALSE(open(carol).refused);
  change({{}, 50});
  change({account_status::frozen, {}});
  change({account_status::open, {}});
  change({{}, 0});
  change({account_status::closed, {}});
  using enum account_status;
  const account_id id = carol.id;
  const auto events = stored_behind(before_);
  ASSERT_EQ(events.size(), 6U);
  const auto& opened = std::get<account_record>(events[0].what);
  EXPECT_EQ(opened.overdraft_limit, 7);
  EXPECT_EQ(opened.status, account_status::open);
  std::vector<account_terms> terms;
  for (std::size_t i = 1; i < events.size(); ++i)
    terms.push_back(std::get<account_terms>(events[i].what));
  EXPECT_EQ(terms, (std::vector<account_terms>{{id, account_status::open, 50},
                                               {id, frozen, 50},
                                               {id, account_status::open, 50},
                                               {id, account_status::open, 0},
                                               {id, closed, 0}}));
  expect_all_heard();
}

TEST_F(the_journals_events, tell_of_what_standing_orders_make_and_not_of_the_orders) {
  using enum entry_kind;
  ASSERT_FALSE(stand(daily("o")).refused);
  clock_.advance(2 * one_day);
  advance_all_due();
  execute_all_due();
  erase("o");
  const auto events = heard();
  std::vector<entry_kind> kinds;
  for (const auto& e : events) kinds.push_back(e.kind);
  ASSERT_EQ(kinds,
            (std::vector<entry_kind>{scheduled, scheduled, scheduled, posted, posted, posted}));
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& made = std::get<transfer_record>(events[i].what);
    const auto& done = std::get<transfer_record>(events[i + 3].what);
    EXPECT_EQ(made, as_first_answered(done));
    EXPECT_EQ(done, occurrences("o")[i]);
  }
}

TEST_F(the_journals_events, are_one_for_each_transfer_of_a_batch_that_was_done) {
  submit_batch g;
  g.id = uuid::derive({"batch"});
  g.items = {{transfer_of("1", account("alice"), account("bob"), 60)},
             {transfer_of("2", account("alice"), account("bob"), 60)},
             {hold("3", 30)}};
  const caf::actor to = books_->processor_of(g.id);
  pay("before", 5);
  const auto answer = ask_later<batch_answer>(to, rt_.background(), std::move(g)).get();
  pay("after", 5);
  EXPECT_TRUE(answer.items[1].refused);
  const auto events = heard();
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(std::get<transfer_record>(events[1].what), found("1"));
  EXPECT_EQ(std::get<transfer_record>(events[2].what), found("3"));
}

TEST_F(the_journals_events, are_silent_about_what_was_refused_or_repeated) {
  pay("t", 10);
  EXPECT_TRUE(pay("t", 10).replayed);
  EXPECT_TRUE(pay("too much", 1'000).refused);
  EXPECT_EQ(heard().size(), 1U);
}

TEST_F(the_journals_events, come_once_where_a_commits_end_was_unknown) {
  store_.fail_next_commit(commit_fault::unknown_but_stored);
  pay("t", 10);
  store_.fail_next_commit(commit_fault::unknown_and_lost);
  pay("lost", 10);
  pay("u", 10);
  EXPECT_EQ(heard().size(), stored_behind(before_).size());
}

TEST_F(the_journals_events, come_from_the_next_journal_where_one_died_before_publishing) {
  {
    held_commits hold(store_);
    auto t = submit_later(repeatable(transfer_of("t", account("alice"), account("bob"), 60)));
    hold.wait_until_one_began();
    crash(books_->journal().current());
    t.wait();
    store_what_is_held(hold);
    recover();
  }
  EXPECT_FALSE(pay("u", 10).refused);
  expect_all_heard();
  EXPECT_EQ(heard_until_, before_ + 2);
}

TEST_F(the_journals_events, are_there_for_a_subscriber_that_resumes_after_a_crash_of_all) {
  pay("t", 10);
  pay("u", 20);
  event_bus next_life(rt_.system());
  options_.events = next_life.topic("ledger", {.window = 100});
  restart();
  auto resumed = next_life.subscribe(rt_.background(), {.after = {{"ledger", before_ + 1}}});
  const auto items = resumed.read();
  ASSERT_EQ(items.size(), 1U);
  const auto* e = std::get<event_ptr>(items[0])->as<ledger_event>();
  EXPECT_EQ(std::get<transfer_record>(e->what), found("u"));
}

TEST_F(the_journals_events, go_back_as_far_as_is_wished) {
  pay("t", 10);
  pay("u", 20);
  event_bus next_life(rt_.system());
  options_.events = next_life.topic("ledger", {.window = 100});
  options_.events_again = 1;
  restart();
  auto resumed = next_life.subscribe(rt_.background(), {.after = {{"ledger", 1}}});
  const auto items = resumed.read();
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(std::get<gap>(items[0]).missed, before_);
  EXPECT_EQ(std::get<event_ptr>(items[1])->sequence(), before_ + 2);
}

TEST_F(the_journals_events, wait_for_a_store_that_is_away_at_the_start) {
  store_.fail_reads();
  exit_first(caf::actor_cast<caf::strong_actor_ptr>(books_->journal().current()),
             caf::make_error(caf::sec::runtime_error, std::string("crashed on purpose")));
  while (books_->healthy()) std::this_thread::yield();
  for (int i = 0; i < 20; ++i) clock_.advance(seconds(1));
  EXPECT_FALSE(books_->healthy());
  EXPECT_FALSE(lost_);
  store_.fail_reads(0);
  recover();
  EXPECT_FALSE(pay("t", 10).refused);
  EXPECT_EQ(heard().size(), 1U);
}

/// With any requests and crashes, the received events match the store.
TEST_F(the_journals_events, agree_with_the_books_in_random_histories) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  const auto some = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  for (int i = 0; i < 150; ++i) {
    const std::string name = "t" + std::to_string(some(40));
    switch (some(11)) {
      case 0: submit(hold(name, 1 + some(3))); break;
      case 1: submit(hold(name, 1 + some(3), seconds(1 + some(3)))); break;
      case 2: submit(schedule(name, 1 + some(40), seconds(1 + some(3)))); break;
      case 3: post(name); break;
      case 4: make_void(name); break;
      case 5:
        clock_.advance(seconds(1));
        execute_all_due();
        break;
      case 6:
        if (some(6) == 0) {
          crash(books_->journal().current());
          recover();
          clock_.advance(seconds(60));  // or it would have failed too often
        }
        break;
      case 7:
        store_.fail_next_commit(some(2) == 0 ? commit_fault::unknown_but_stored
                                             : commit_fault::unavailable);
        break;
      case 8: stand(daily("o" + std::to_string(some(5)))); break;
      case 9: advance_all_due(); break;
      default: pay(name, some(5)); break;
    }
  }
  pay("the last", 0);
  while (!books_->healthy() && !lost_) {
    clock_.advance(std::chrono::milliseconds(100));
    std::this_thread::yield();
  }
  expect_all_heard();
  EXPECT_GT(heard_until_, before_ + 20);
}

}  // namespace
}  // namespace lifeline::ledger::testing
