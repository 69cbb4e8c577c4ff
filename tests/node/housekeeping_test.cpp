#include "bank/node/housekeeping.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "bank/storage/memory/ledger_store.hpp"
#include "bank/storage/memory/request_store.hpp"
#include "lifeline/time/manual_clock.hpp"
#include "lifeline/work/memory_job_store.hpp"

namespace bank::node {
namespace {

using namespace lifeline::ledger;
using lifeline::ticker_figures;
using std::chrono::hours;

/// The housekeeping ticker alone, with a manual clock.
class housekeeping : public ::testing::Test {
 protected:
  housekeeping() {
    const auto epoch = books.fence(rt.background()).value();
    account_record a;
    a.id = account_id(uuid::derive({"a"}));
    a.owner = "alice";
    a.unit = *currency::parse("USD");
    books.commit(
        {{epoch, 1}, clock.wall_now(), {open_entry{a, idempotency_key{"alice", "k", "digest"}}}});
    lifeline::job_record j;
    j.id = "old";
    j.state = lifeline::job_state::succeeded;
    j.ended = clock.wall_now();
    EXPECT_TRUE(jobs.create(rt.background(), j));
    storage::request_row r;
    r.at = clock.wall_now();
    EXPECT_TRUE(requests.add(
        rt.background(), {std::vector<storage::request_row>(5'000, r), {{clock.wall_now(), "a"}}}));
  }
  ~housekeeping() override { life.cancel(); }

  void start() {
    lifeline::ticker_options how;
    how.period = options.housekeeping_period;
    how.round_limit = how.item_limit = hours(1);
    how.record = record;
    spawn_ticker(rt.system(), life.ctx(), how,
                 housekeeping_rounds(rt, books, jobs, options, &requests));
    wait_for_rounds(1);
  }
  ticker_figures wait_for_rounds(std::uint64_t n) {
    for (;;) {
      const auto f = record->read();
      if (f.rounds == n && !f.in_round) return f;
      clock.advance({});  // a timer set for what had passed by then
      std::this_thread::yield();
    }
  }
  bool has_key() { return books.find_key(rt.background(), "alice", "k").value().has_value(); }
  bool has_job() { return (*jobs.find(rt.background(), "old")).has_value(); }

  lifeline::manual_clock clock;
  lifeline::runtime rt{{}, clock};
  storage::memory_ledger_store books;
  lifeline::memory_job_store jobs;
  storage::memory_request_store requests;
  background_options options;
  std::shared_ptr<lifeline::ticker_record> record = std::make_shared<lifeline::ticker_record>();
  lifeline::cancel_scope life = with_cancel(rt.background());
};

TEST_F(housekeeping, deletes_what_was_kept_long_enough_and_nothing_before) {
  options.housekeeping_period = hours(23);
  options.keep_jobs = hours(48);
  start();
  EXPECT_TRUE(has_key());
  clock.advance(hours(23));
  wait_for_rounds(2);
  EXPECT_TRUE(has_key()) << "23 hours old";
  clock.advance(hours(23));
  wait_for_rounds(3);
  EXPECT_FALSE(has_key()) << "46 hours old";
  EXPECT_TRUE(has_job()) << "46 hours old";
  clock.advance(hours(23));
  wait_for_rounds(4);
  EXPECT_FALSE(has_job());
}

TEST_F(housekeeping, keeps_keys_for_their_time_where_the_clock_is_set_ahead) {
  options.housekeeping_period = hours(12);
  start();
  clock.jump_wall(hours(48));
  clock.advance(hours(12));
  wait_for_rounds(2);
  EXPECT_TRUE(has_key()) << "12 hours old";
  clock.jump_wall(-hours(48));
  clock.advance(hours(12));
  wait_for_rounds(3);
  EXPECT_TRUE(has_key()) << "24 hours old";
  clock.advance(hours(12));
  wait_for_rounds(4);
  EXPECT_FALSE(has_key()) << "36 hours old";
}

TEST_F(housekeeping, deletes_old_rows_of_the_request_log_however_many_they_are) {
  options.housekeeping_period = hours(25);
  options.keep_requests = hours(24);
  start();
  EXPECT_EQ(requests.rows().size(), 5'000U);
  clock.advance(hours(25));
  wait_for_rounds(2);
  EXPECT_TRUE(requests.rows().empty());
}

TEST_F(housekeeping, survives_trouble_with_the_one_and_does_the_other) {
  options.keep_keys = hours(24);
  options.keep_jobs = hours(24);
  options.housekeeping_period = hours(25);
  start();
  books.fail_reads();
  clock.advance(hours(25));
  const auto f = wait_for_rounds(2);
  EXPECT_EQ(f.failed_items, 1U);
  books.heal();
  EXPECT_TRUE(has_key());
  EXPECT_FALSE(has_job());
  clock.advance(hours(25));
  wait_for_rounds(3);
  EXPECT_FALSE(has_key());
}

}  // namespace
}  // namespace bank::node
