#include "lifeline/work/job_pool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <latch>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "actor/held_door.hpp"
#include "lifeline/context/watch.hpp"
#include "lifeline/time/manual_clock.hpp"
#include "lifeline/work/memory_job_store.hpp"
#include "random_seed.hpp"

namespace lifeline {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::held_door;
using enum job_state;

inline const context_key<std::string> request_id{"request_id"};

/// A store that fails while `broken`.
class faulty_job_store final : public job_store {
 public:
  explicit faulty_job_store(job_store& below) : below_(below) {}

  job_stored<void> create(const context& ctx, const job_record& r) override {
    if (broken) return error("the disk is full");
    return below_.create(ctx, r);
  }
  job_stored<void> update(const context& ctx, const job_record& r) override {
    ++updates;
    if (broken) return error("the disk is full");
    return below_.update(ctx, r);
  }
  job_stored<std::optional<job_record>> find(const context& ctx, const std::string& id) override {
    return below_.find(ctx, id);
  }
  job_stored<void> link(const context& ctx, const std::string& other,
                        const std::string& id) override {
    if (broken) return error("the disk is full");
    return below_.link(ctx, other, id);
  }
  job_stored<std::vector<job_record>> list(const context& ctx, const job_query& q) override {
    return below_.list(ctx, q);
  }
  job_stored<std::vector<job_record>> unfinished(const context& ctx) override {
    if (broken) return error("the disk is full");
    return below_.unfinished(ctx);
  }
  job_stored<std::size_t> forget(const context& ctx, wall_time before, std::size_t most) override {
    return below_.forget(ctx, before, most);
  }

  std::atomic<bool> broken{false};
  std::atomic<int> updates{0};

 private:
  job_store& below_;
};

/// The test is the only worker: jobs run when it decides. `kinds` and `options` may be changed
/// before the first use of `pool()`.
class a_job_pool : public ::testing::Test {
 protected:
  a_job_pool() {
    kinds["echo"].run = [](const context&, const job& j) { return job_result("got " + j.input()); };
    kinds["wait"].run = [this](const context& ctx, const job&) -> job_result {
      during(ctx);
      return ctx.done() ? job_result(ctx.cause()) : job_result("waited");
    };
    kinds["again"] = {kinds["wait"].run, true};
    options.on_change = [this](const job_record& r) {
      const std::lock_guard lock(mutex);
      told.push_back(r);
    };
  }
  ~a_job_pool() override {
    pool_.reset();
    EXPECT_EQ(time.armed(), 0U);
  }

  job_pool& pool() {
    if (!pool_) pool_.emplace(scope.ctx(), store, kinds, options, own_threads ? nullptr : &door);
    return *pool_;
  }
  /// As after a restart of the process.
  job_pool& pool_after_a_restart() {
    pool_.reset();
    return pool();
  }
  std::string submitted(const std::string& kind, const std::string& input = "") {
    const auto id = pool().submit(root, {kind, input});
    EXPECT_TRUE(id) << id.error().message();
    return id ? *id : "";
  }
  job_record found(const std::string& id) {
    const auto r = pool().find(root, id);
    return r && *r ? **r : job_record{};
  }
  job_record stored(const std::string& id) {
    const auto r = memory.find(root, id);
    return r && *r ? **r : job_record{};
  }
  job_state state(const std::string& id) { return found(id).state; }
  std::string story(const std::string& id) {
    const std::lock_guard lock(mutex);
    std::string text;
    for (const auto& r : told)
      if (r.id == id) text += (text.empty() ? "" : " ") + std::string(to_string(r.state));
    return text;
  }

  manual_clock time;
  context root = background(time);
  cancel_scope scope = with_cancel(root);
  memory_job_store memory;
  faulty_job_store store{memory};
  held_door door;
  bool own_threads = false;
  std::map<std::string, job_kind> kinds;
  job_pool_options options;
  std::function<void(const context&)> during = [](const context&) {};
  std::mutex mutex;
  std::vector<job_record> told;
  std::optional<job_pool> pool_;
};

TEST_F(a_job_pool, gives_an_id_at_once_and_the_result_later) {
  const auto id = submitted("echo", "x");
  EXPECT_EQ(state(id), queued);
  EXPECT_EQ(stored(id).state, queued) << "it would survive a crash";
  door.run_all();
  const auto r = stored(id);
  EXPECT_EQ(r.state, succeeded);
  EXPECT_EQ(r.result, "got x");
  EXPECT_EQ(r.progress, 1);
  EXPECT_EQ(r.attempts, 1U);
  EXPECT_TRUE(r.started && r.ended);
  EXPECT_EQ(found(id), r);
  EXPECT_EQ(story(id), "queued running succeeded");
  EXPECT_EQ(pool().figures().succeeded, 1U);
}

TEST_F(a_job_pool, gives_every_job_another_id) {
  std::set<std::string> ids;
  for (int i = 0; i < 50; ++i) ids.insert(submitted("echo"));
  for (int i = 0; i < 50; ++i) {
    pool_after_a_restart();
    ids.insert(submitted("echo"));
  }
  EXPECT_EQ(ids.size(), 100U);
  door.run_all();
}

TEST_F(a_job_pool, takes_a_given_id_once) {
  EXPECT_EQ(*pool().submit(root, {.kind = "echo", .input = "1", .id = "mine"}), "mine");
  EXPECT_EQ(pool().submit(root, {.kind = "echo", .input = "2", .id = "mine"}).error().code(),
            std::errc::file_exists);
  door.run_all();
  EXPECT_EQ(found("mine").result, "got 1");
  EXPECT_EQ(pool().figures().waiting, 0U) << "its place in the queue was given back";
}

TEST_F(a_job_pool, refuses_what_its_queue_does_not_hold) {
  options.workers = 2;
  options.queue = 3;
  for (int i = 0; i < 5; ++i) submitted("echo");
  const auto refused = pool().submit(root, {"echo"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), errc::overloaded);
  EXPECT_EQ(pool().figures().refused, 1U);
  EXPECT_EQ(memory.list(root, {})->size(), 5U) << "it is not stored";
  door.run_all();
  submitted("echo");
  door.run_all();
}

TEST_F(a_job_pool, refuses_an_unknown_kind_a_dead_context_and_a_full_disk) {
  EXPECT_EQ(pool().submit(root, {"dance"}).error().code(), std::errc::invalid_argument);
  auto gone = with_cancel(root);
  gone.cancel();
  EXPECT_EQ(pool().submit(gone.ctx(), {"echo"}).error().code(), errc::canceled);
  store.broken = true;
  for (int i = 0; i < 200; ++i)
    EXPECT_EQ(pool().submit(root, {"echo"}).error().message(), "the disk is full");
  store.broken = false;
  submitted("echo");
  door.run_all();
}

TEST_F(a_job_pool, keeps_why_a_job_failed) {
  kinds["fail"].run = [](const context&, const job&) { return job_result(error("row 7")); };
  kinds["throw"].run = [](const context&, const job&) -> job_result {
    throw std::runtime_error("a bug");
  };
  const auto a = submitted("fail");
  const auto b = submitted("throw");
  door.run_all();
  EXPECT_EQ(state(a), failed);
  EXPECT_EQ(stored(a).failure, "row 7");
  EXPECT_EQ(stored(b).failure, "a bug");
  EXPECT_EQ(pool().figures().failed, 2U);
}

// -- a job's life --------------------------------------------------------------------------------

TEST_F(a_job_pool, detaches_a_job_from_the_request_that_began_it_but_keeps_its_values) {
  bool ran = false;
  during = [&](const context& ctx) {
    ran = true;
    EXPECT_FALSE(ctx.done());
    ASSERT_NE(ctx.value(request_id), nullptr);
    EXPECT_EQ(*ctx.value(request_id), "r-17");
    EXPECT_EQ(ctx.remaining(), minutes(10));
  };
  auto request = with_timeout(with_value(root, request_id, "r-17"), seconds(1));
  ASSERT_TRUE(pool().submit(request.ctx(), {"wait"}));
  request.cancel();
  door.run_all();
  EXPECT_TRUE(ran);
}

TEST_F(a_job_pool, ends_a_job_after_ten_minutes_or_the_bound_it_asked_for) {
  for (const auto& [asked, limit] :
       {std::pair{std::optional<std::chrono::milliseconds>(), minutes(10)},
        std::pair{std::optional<std::chrono::milliseconds>(minutes(30)), minutes(30)}}) {
    during = [&, l = limit](const context& ctx) {
      time.advance(l - seconds(1));
      EXPECT_FALSE(ctx.done());
      time.advance(seconds(1));
    };
    job_request r{"wait"};
    r.limit = asked;
    const auto id = *pool().submit(root, r);
    time.advance(minutes(60));  // waiting counts for nothing
    door.run_all();
    EXPECT_EQ(state(id), failed);
    EXPECT_EQ(found(id).failure, error(errc::deadline_exceeded).message());
  }
}

TEST_F(a_job_pool, drops_a_job_that_waits_when_it_is_cancelled) {
  const auto id = submitted("echo");
  EXPECT_EQ(pool().cancel(root, id), job_cancel::dropped);
  EXPECT_EQ(stored(id).state, cancelled);
  EXPECT_TRUE(stored(id).ended);
  EXPECT_EQ(pool().cancel(root, id), job_cancel::unknown);
  door.run_all();
  EXPECT_EQ(story(id), "queued cancelled");
  EXPECT_EQ(pool().figures().cancelled, 1U);
}

TEST_F(a_job_pool, asks_a_running_job_to_end_when_it_is_cancelled) {
  std::string id;
  during = [&](const context& ctx) {
    EXPECT_EQ(pool().cancel(root, id), job_cancel::asked);
    EXPECT_EQ(ctx.err(), errc::canceled);
    EXPECT_EQ(state(id), running);
  };
  id = submitted("wait");
  door.run_all();
  EXPECT_EQ(stored(id).state, cancelled);
  EXPECT_EQ(story(id), "queued running cancelled");
}

TEST_F(a_job_pool, believes_a_job_that_succeeds_though_it_was_cancelled) {
  std::string id;
  kinds["deaf"].run = [&](const context&, const job&) {
    pool().cancel(root, id);
    return job_result("all done");
  };
  id = submitted("deaf");
  door.run_all();
  EXPECT_EQ(stored(id).state, succeeded);
}

TEST_F(a_job_pool, reports_progress_at_intervals_and_knows_it_always) {
  std::string id;
  kinds["count"].run = [&](const context&, const job& j) {
    for (int i = 1; i <= 100; ++i) {
      j.progress(i / 100.0);
      EXPECT_EQ(found(j.id()).progress, i / 100.0);
      EXPECT_EQ((*pool().list(root, {}))[0].progress, i / 100.0);
      time.advance(std::chrono::milliseconds(100));
    }
    return job_result("counted");
  };
  id = submitted("count");
  door.run_all();
  EXPECT_EQ(store.updates, 1 + 10 + 1) << "begun, once a second, ended";
  EXPECT_EQ(told.size(), 1U + 1 + 10 + 1);
}

TEST_F(a_job_pool, keeps_progress_between_nothing_and_all) {
  kinds["odd"].run = [&](const context&, const job& j) {
    for (const double p : {-1.0, 2.0, std::numeric_limits<double>::quiet_NaN()}) {
      j.progress(p);
      EXPECT_GE(found(j.id()).progress, 0);
      EXPECT_LE(found(j.id()).progress, 1);
    }
    return job_result(errc::overloaded);
  };
  submitted("odd");
  door.run_all();
}

TEST_F(a_job_pool, goes_on_when_the_store_fails_and_writes_the_end_later) {
  during = [&](const context&) { store.broken = true; };
  const auto id = submitted("wait");
  door.run_all();
  EXPECT_EQ(stored(id).state, running) << "the store was not updated";
  EXPECT_EQ(state(id), succeeded) << "but the pool does";
  EXPECT_EQ((*pool().list(root, {}))[0].state, succeeded);
  EXPECT_GT(pool().figures().unkept, 0U);
  store.broken = false;
  submitted("echo");
  door.run_all();
  EXPECT_EQ(stored(id).state, succeeded);
}

TEST_F(a_job_pool, lists_what_is_active) {
  const auto a = submitted("wait");
  const auto b = submitted("wait");
  during = [&](const context&) { EXPECT_EQ(pool().active().size(), stored(b).started ? 1U : 2U); };
  door.run_all();
  EXPECT_TRUE(pool().active().empty());
  EXPECT_EQ(state(a), succeeded);
}

// -- the end of a process, and the next one ------------------------------------------------------

/// What a crash leaves: a record in some state.
job_record left_behind(const std::string& id, const std::string& kind, job_state s, unsigned n) {
  job_record r;
  r.id = id;
  r.kind = kind;
  r.state = s;
  r.attempts = n;
  r.limit = minutes(10);
  return r;
}

TEST_F(a_job_pool, takes_up_what_a_crash_left) {
  ASSERT_TRUE(memory.create(root, left_behind("waited", "echo", queued, 0)));
  ASSERT_TRUE(memory.create(root, left_behind("ran", "wait", running, 1)));
  ASSERT_TRUE(memory.create(root, left_behind("ran again", "again", running, 1)));
  ASSERT_TRUE(memory.create(root, left_behind("poison", "again", running, 3)));
  ASSERT_TRUE(memory.create(root, left_behind("odd", "gone", queued, 0)));
  ASSERT_TRUE(memory.create(root, left_behind("over", "echo", succeeded, 1)));
  const auto r = pool().recover(root);
  ASSERT_TRUE(r);
  EXPECT_EQ(r->queued, (std::vector<std::string>{"waited", "ran again"}));
  EXPECT_EQ(r->interrupted, (std::vector<std::string>{"ran", "poison", "odd"}));
  EXPECT_EQ(stored("ran").state, interrupted);
  EXPECT_EQ(stored("ran").failure, "interrupted by the end of the process");
  EXPECT_EQ(stored("poison").failure, "interrupted 3 times");
  EXPECT_EQ(stored("odd").failure, "unknown job kind 'gone'");
  door.run_all();
  EXPECT_EQ(stored("waited").state, succeeded);
  EXPECT_EQ(stored("ran again").state, succeeded);
  EXPECT_EQ(stored("ran again").attempts, 2U);
  EXPECT_EQ(story("ran again"), "queued running succeeded");
}

TEST_F(a_job_pool, finds_room_for_all_that_waited) {
  for (int i = 0; i < 300; ++i)
    ASSERT_TRUE(memory.create(root, left_behind(std::to_string(i), "echo", queued, 0)));
  ASSERT_TRUE(pool().recover(root));
  EXPECT_EQ(pool().submit(root, {"echo"}).error().code(), errc::overloaded);
  door.run_all();
  EXPECT_EQ(pool().figures().succeeded, 300U);
}

TEST_F(a_job_pool, says_when_the_store_can_not_tell) {
  store.broken = true;
  EXPECT_EQ(pool().recover(root).error().message(), "the disk is full");
}

TEST_F(a_job_pool, leaves_what_waits_for_the_next_start) {
  const auto id = submitted("echo", "x");
  EXPECT_TRUE(pool().shutdown(root).empty()) << "nothing ran";
  EXPECT_EQ(pool().submit(root, {"echo"}).error().code(), errc::unreachable);
  door.run_all();
  EXPECT_EQ(stored(id).state, queued);
  ASSERT_TRUE(pool_after_a_restart().recover(root));
  door.run_all();
  EXPECT_EQ(stored(id).result, "got x");
}

TEST_F(a_job_pool, cuts_off_what_runs_when_its_root_ends) {
  std::string waits;
  during = [&](const context& ctx) {
    scope.cancel();
    EXPECT_TRUE(ctx.done());
  };
  const auto once = submitted("wait");
  waits = submitted("echo");
  door.run_all();
  EXPECT_EQ(stored(once).state, interrupted);
  EXPECT_EQ(stored(waits).state, queued) << "it never began";
  EXPECT_TRUE(pool().drained().done());
  EXPECT_EQ(pool().submit(root, {"echo"}).error().code(), errc::unreachable);
}

TEST_F(a_job_pool, lets_a_job_that_was_stopped_in_order_go_on_without_counting_it) {
  options.attempts = 2;
  during = [&](const context&) { scope.cancel(); };
  const auto id = submitted("again");
  door.run_all();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(stored(id).state, queued);
    scope = with_cancel(root);
    EXPECT_EQ(pool_after_a_restart().recover(root)->queued.size(), 1U);
    door.run_all();
  }
  during = [](const context&) {};
  scope = with_cancel(root);
  ASSERT_TRUE(pool_after_a_restart().recover(root));
  door.run_all();
  EXPECT_EQ(stored(id).state, succeeded);
  EXPECT_EQ(stored(id).attempts, 1U);
}

// -- with threads of its own ---------------------------------------------------------------------

class a_job_pool_with_threads : public a_job_pool {
 protected:
  a_job_pool_with_threads() {
    own_threads = true;
    during = [this](const context& ctx) {
      begun.count_down();
      wait(ctx);
    };
  }
  ~a_job_pool_with_threads() override { pool_.reset(); }
  std::latch begun{1};
};

TEST_F(a_job_pool_with_threads, runs_as_many_as_it_has_workers) {
  std::latch all(5);
  std::atomic<int> most{0};
  std::atomic<int> now{0};
  kinds["meet"].run = [&](const context&, const job&) {
    most = std::max(most.load(), ++now);
    all.arrive_and_wait();  // four alone would wait for ever
    --now;
    return job_result("met");
  };
  for (int i = 0; i < 5; ++i) submitted("meet");
  all.wait();
  const auto left = with_cancel(background());
  EXPECT_TRUE(pool().shutdown(left.ctx()).empty());
  EXPECT_EQ(pool().figures().succeeded, 5U);
  EXPECT_EQ(most, 5);
}

TEST_F(a_job_pool_with_threads, waits_for_running_jobs_at_shutdown_until_the_context_ends) {
  const auto once = submitted("wait");
  begun.wait();
  auto patience = with_timeout(root, seconds(3));
  std::promise<std::vector<std::string>> named;
  std::thread stops([&] { named.set_value(pool().shutdown(patience.ctx())); });
  const auto is_open = [&] {
    return pool().submit(root, {.kind = "echo", .id = once}).error().code() ==
           std::errc::file_exists;
  };
  while (is_open()) std::this_thread::yield();
  EXPECT_EQ(state(once), running) << "it still has time";
  time.advance(seconds(3));
  EXPECT_EQ(named.get_future().get(), std::vector<std::string>{"wait " + once});
  stops.join();
  wait(pool().drained());
  EXPECT_EQ(stored(once).state, interrupted);
}

TEST_F(a_job_pool_with_threads, is_drained_by_a_shutdown_sequence) {
  const auto id = submitted("again");
  begun.wait();
  shutdown_sequence sequence(root, {{"stop background", {}, 1, 1}});
  auto task = sequence.add("stop background", "jobs", pool().stopping());
  sequence.begin(seconds(10));
  time.run_posted();
  EXPECT_EQ(pool().submit(root, {"echo"}).error().code(), errc::unreachable);
  EXPECT_FALSE(sequence.over().done());
  time.advance(seconds(5));  // its share
  wait(pool().drained());
  while (!sequence.over().done()) time.run_posted();
  EXPECT_TRUE(sequence.result().clean());
  EXPECT_EQ(stored(id).state, queued) << "it goes on at the next start";
}

TEST_F(a_job_pool_with_threads, cancels_what_runs_when_it_goes) {
  const auto id = submitted("wait");
  begun.wait();
  pool_.reset();
  EXPECT_EQ(stored(id).state, interrupted);
}

TEST_F(a_job_pool_with_threads, reports_each_jobs_changes_in_order_whatever_happens) {
  std::mt19937_64 random(testing::random_seed());
  during = [](const context&) { std::this_thread::yield(); };
  options.workers = 3;
  std::vector<std::string> ids;
  for (int i = 0; i < 500; ++i) {
    const auto id = pool().submit(root, {random() % 2 == 0 ? "wait" : "echo"});
    if (id) ids.push_back(*id);
    if (!ids.empty() && random() % 3 == 0) pool().cancel(root, ids[random() % ids.size()]);
    if (random() % 10 == 0) std::this_thread::yield();
  }
  pool().shutdown(root);
  const std::set<std::string> possible{"queued", "queued cancelled", "queued running cancelled",
                                       "queued running succeeded"};
  for (const auto& id : ids) {
    EXPECT_TRUE(possible.contains(story(id))) << story(id);
    EXPECT_EQ(stored(id).state, *job_state_of(story(id).substr(story(id).rfind(' ') + 1)));
  }
  const auto f = pool().figures();
  EXPECT_EQ(f.running + f.waiting, 0U);
}

TEST_F(a_job_pool, takes_the_largest_limit_for_none) {
  kinds["look"].run = [](const context& ctx, const job&) {
    return job_result(ctx.deadline() ? "ends" : "has no end");
  };
  const auto id = pool().submit(root, {.kind = "look", .limit = std::chrono::milliseconds::max()});
  ASSERT_TRUE(id);
  door.run_all();
  EXPECT_EQ(state(*id), succeeded) << stored(*id).failure;
  EXPECT_EQ(stored(*id).result, "has no end");
}

TEST_F(a_job_pool, keeps_that_a_job_threw_whatever_the_exception) {
  kinds["number"].run = [](const context&, const job&) -> job_result { throw 42; };
  const auto id = submitted("number");
  door.run_all();
  EXPECT_EQ(state(id), failed);
  EXPECT_EQ(stored(id).failure, "unknown exception");
}

}  // namespace
}  // namespace lifeline
