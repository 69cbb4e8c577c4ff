#include "lifeline/guards/log_sink.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <optional>
#include <stdexcept>
#include <thread>

#include "guards/guard_fixture.hpp"

namespace lifeline::guards {
namespace {

using namespace testing;

using rows = std::vector<int>;

/// Keeps jobs until the test runs them.
class held_jobs final : public blocking_door {
 public:
  bool submit(lane l, job f) override {
    EXPECT_EQ(l, lane::log);
    if (full) return false;
    jobs.push_back(std::move(f));
    return true;
  }
  void run_next() {
    const job f = std::move(jobs.front());
    jobs.pop_front();
    f();
  }
  std::deque<job> jobs;
  bool full = false;
};

class log_sink : public guard_fixture {
 protected:
  log_sink() {
    how.pace.linger = milliseconds(100);
    how.on_change = [this](bool trouble, const std::string& words) {
      heard_words.push_back((trouble ? "! " : "") + words);
    };
  }
  void TearDown() override {
    stop();
    guard_fixture::TearDown();
  }

  void start() {
    sink = spawn_log_sink(system, background(time), door, queue, how);
    child_ref_setter(queue->sink()).set(1, sink);
    run();
  }
  void stop() {
    if (!sink) return;
    exit_first(caf::actor_cast<caf::strong_actor_ptr>(sink), caf::exit_reason::kill);
    child_ref_setter(queue->sink()).clear(1);
    sink = nullptr;
    run();
  }
  void submit(int first, int count) {
    for (int i = first; i < first + count; ++i) queue->submit(i);
    run();
  }
  /// Finishes the running batch, which took `took`.
  void write(duration took = {}) {
    ASSERT_EQ(door.jobs.size(), 1U);
    takes = took;
    door.run_next();
    run();
  }

  held_jobs door;
  std::vector<rows> written;
  duration takes{};
  error fails;
  std::function<void()> meanwhile;
  std::shared_ptr<log_queue<int>> queue =
      std::make_shared<log_queue<int>>(10, [this](const context&, const rows& r) {
        time.advance(takes);
        if (meanwhile) meanwhile();
        if (!fails) written.push_back(r);
        return fails;
      });
  log_sink_options how;
  std::vector<std::string> heard_words;
  caf::actor sink;
};

TEST_F(log_sink, writes_what_has_gathered_in_one_batch) {
  start();
  submit(1, 3);
  advance(milliseconds(99));
  EXPECT_TRUE(door.jobs.empty());
  advance(milliseconds(1));
  write();
  EXPECT_EQ(written, (std::vector<rows>{{1, 2, 3}}));
  EXPECT_EQ(queue->figures().written, 3U);
  EXPECT_EQ(queue->figures().waiting, 0U);
}

TEST_F(log_sink, writes_at_once_when_its_queue_is_half_full) {
  start();
  submit(1, 4);
  EXPECT_TRUE(door.jobs.empty());
  submit(5, 1);
  write();
  EXPECT_EQ(written, (std::vector<rows>{{1, 2, 3, 4, 5}}));
}

TEST_F(log_sink, takes_rows_while_others_are_written_and_forgets_none_of_them) {
  start();
  submit(1, 5);
  meanwhile = [this] {
    queue->submit(6);
    queue->submit(7);
    meanwhile = nullptr;
  };
  write();
  advance(milliseconds(100));
  write();
  EXPECT_EQ(written, (std::vector<rows>{{1, 2, 3, 4, 5}, {6, 7}}));
}

TEST_F(log_sink, drops_and_counts_rows_beyond_its_queue_and_reports_it_once) {
  start();
  submit(1, 5);
  ASSERT_EQ(door.jobs.size(), 1U);  // taken by nobody yet
  submit(6, 25);
  EXPECT_EQ(queue->figures().waiting, 10U);
  EXPECT_EQ(queue->figures().dropped, 20U);
  EXPECT_FALSE(queue->submit(0));
  EXPECT_TRUE(heard_words.empty()) << "submitting reports nothing";
  write();
  EXPECT_EQ(heard_words, (std::vector<std::string>{
                             "! dropping log rows: they arrive faster than they can be written"}));
}

TEST_F(log_sink, reports_once_that_the_store_is_down_and_once_that_it_is_back) {
  start();
  fails = error(make_error_code(std::errc::io_error), "no store");
  for (int i = 0; i < 3; ++i) {
    submit(i, 5);
    write();
    advance(seconds(1));
  }
  EXPECT_EQ(queue->figures().dropped, 15U);
  EXPECT_EQ(heard_words, (std::vector<std::string>{"! dropping log rows: no store"}));
  fails = {};
  submit(9, 5);
  write();
  EXPECT_EQ(heard_words.size(), 2U);
  EXPECT_EQ(heard_words.back(), "log rows are written again; 15 were dropped");
  EXPECT_EQ(queue->figures().written, 5U);
}

TEST_F(log_sink, rests_after_a_slow_batch_so_that_it_keeps_to_its_budget) {
  how.pace.share = 0.1;
  start();
  submit(1, 5);
  write(milliseconds(20));
  submit(6, 9);
  advance(milliseconds(179));
  EXPECT_TRUE(door.jobs.empty()) << "nine times as long as it wrote";
  advance(milliseconds(1));
  write();
  EXPECT_EQ(written.size(), 2U);
}

TEST_F(log_sink, tries_a_store_that_fails_only_so_often) {
  start();
  fails = errc::unreachable;
  submit(1, 5);
  write();
  submit(6, 9);
  advance(milliseconds(999));
  EXPECT_TRUE(door.jobs.empty());
  advance(milliseconds(1));
  EXPECT_EQ(door.jobs.size(), 1U);
  write();
}

TEST_F(log_sink, writes_what_is_there_before_it_ends) {
  start();
  submit(1, 3);
  bool gone = false;
  sink->attach_functor([&] { gone = true; });
  exit_first(caf::actor_cast<caf::strong_actor_ptr>(sink), caf::exit_reason::user_shutdown);
  run();
  EXPECT_FALSE(gone);
  queue->submit(4);  // still comes in time for the next batch
  write();
  run();
  if (!door.jobs.empty()) write();
  EXPECT_TRUE(gone);
  std::size_t all = 0;
  for (const rows& r : written) all += r.size();
  EXPECT_EQ(all, 4U);
}

TEST_F(log_sink, ends_although_the_store_is_away) {
  start();
  fails = errc::unreachable;
  submit(1, 3);
  bool gone = false;
  sink->attach_functor([&] { gone = true; });
  exit_first(caf::actor_cast<caf::strong_actor_ptr>(sink), caf::exit_reason::user_shutdown);
  run();
  write();
  EXPECT_TRUE(gone);
  EXPECT_EQ(queue->figures().dropped, 3U);
}

TEST_F(log_sink, that_starts_again_writes_what_its_predecessor_left) {
  start();
  submit(1, 2);
  stop();
  queue->submit(3);
  start();
  advance(milliseconds(100));
  write();
  EXPECT_EQ(written, (std::vector<rows>{{1, 2, 3}}));
}

TEST_F(log_sink, waits_for_its_turn_where_the_lane_is_full) {
  start();
  door.full = true;
  submit(1, 5);
  EXPECT_EQ(queue->figures().waiting, 5U);
  door.full = false;
  advance(seconds(1));
  write();
  EXPECT_EQ(written, (std::vector<rows>{{1, 2, 3, 4, 5}}));
}

/// Not a matter of time: a row that had to wait for the writer would wait forever.
TEST(log_queue, never_blocks_submit_while_rows_are_written) {
  std::optional<log_queue<int>> queue;
  queue.emplace(1'000, [&](const context&, const rows&) {
    for (int i = 0; i < 100; ++i) queue->submit(i);  // on the writer's own thread
    return error();
  });
  queue->submit(1);
  EXPECT_FALSE(queue->write(background()));
  EXPECT_EQ(queue->figures().waiting, 100U);
}

TEST(log_queue, loses_no_row_without_counting_it) {
  std::atomic<std::size_t> kept{0};
  log_queue<int> queue(64, [&](const context&, const rows& r) {
    kept += r.size();
    return error();
  });
  constexpr int each = 20'000;
  {
    std::vector<std::jthread> some;
    for (int t = 0; t < 3; ++t)
      some.emplace_back([&] {
        for (int i = 0; i < each; ++i) queue.submit(i);
      });
    for (int i = 0; i < 1'000; ++i) EXPECT_FALSE(queue.write(background()));
  }
  EXPECT_FALSE(queue.write(background()));
  const auto f = queue.figures();
  EXPECT_EQ(f.waiting, 0U);
  EXPECT_EQ(f.written, kept);
  EXPECT_EQ(f.written + f.dropped, 3U * each);
}

TEST(log_queue, counts_rows_as_dropped_whose_writer_throws) {
  log_queue<int> queue(10, [](const context&, const std::vector<int>& some) -> error {
    if (some[0] == 1) throw std::runtime_error("a full disk");
    throw 42;
  });
  queue.submit(1);
  EXPECT_EQ(queue.write(background()).message(), "a full disk");
  queue.submit(2);
  EXPECT_EQ(queue.write(background()).message(), "unknown exception");
  EXPECT_EQ(queue.figures().dropped, 2U);
  EXPECT_EQ(queue.figures().waiting, 0U);
}

}  // namespace
}  // namespace lifeline::guards
