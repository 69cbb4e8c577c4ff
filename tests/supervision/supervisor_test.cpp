#include "lifeline/supervision/supervisor.hpp"

#include <gtest/gtest.h>

#include <future>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>

#include "actor/actor_fixture.hpp"
#include "lifeline/actor/runtime.hpp"

namespace lifeline {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::answer;
using testing::question;
using enum restart_strategy;
using enum restart_kind;

constexpr int crash_please = -1;
constexpr int throw_please = -2;
constexpr int finish_please = -3;

caf::behavior worker(caf::event_based_actor* self, int number) {
  return {[self, number](const context&, const question& q) -> caf::result<answer> {
    if (q.number == crash_please) self->quit(to_caf(errc::broken_promise));
    if (q.number == throw_please) throw std::runtime_error("bad question");
    if (q.number == finish_please) self->quit();
    return answer{number};
  }};
}

/// Ignores exit messages.
caf::behavior stubborn(caf::event_based_actor* self) {
  self->set_exit_handler([](const caf::exit_msg&) {});
  return {[](const context&, const question&) -> answer { return {}; }};
}

struct fragile_state {
  fragile_state() { throw std::runtime_error("no memory for a state"); }
};
caf::behavior fragile(caf::stateful_actor<fragile_state>*) {
  return {[](const question&) {}};
}

class a_supervisor : public testing::actor_fixture {
 protected:
  void TearDown() override {
    if (top) end(top);
    testing::actor_fixture::TearDown();
  }

  /// A worker that answers with its incarnation's ordinal.
  child_spec working(const std::string& name, restart_kind kind = permanent) {
    child_spec spec;
    spec.policy.name = name;
    spec.policy.restart = kind;
    spec.ref = refs[name];
    spec.start = [this, name](const incarnation& me) -> caf::actor {
      if (const auto why = start_errors.find(name); why != start_errors.end())
        throw std::runtime_error(why->second);
      lives[name] = me.life();
      started.push_back(name);
      const caf::actor made = me.supervisor()->spawn(worker, ++starts[name]);
      made->attach_functor([this, name] { ended.push_back(name); });
      return made;
    };
    return spec;
  }

  supervisor_options options(restart_strategy strategy = one_for_one) {
    supervisor_options o;
    o.path = "node";
    o.policy.strategy = strategy;
    o.policy.backoff = {milliseconds(100), seconds(10), 2, 0, seconds(30)};
    o.history = history;
    o.on_started = [this] { all_started = true; };
    return o;
  }

  void supervise(supervisor_options o, std::vector<child_spec> children) {
    top = spawn_supervisor(system, scope.ctx(), std::move(o), std::move(children));
    top->attach_functor([this](const caf::error& e) { why_ended = e; });
    run();
  }
  void supervise(restart_strategy strategy, const std::vector<std::string>& names) {
    std::vector<child_spec> specs;
    for (const auto& n : names) specs.push_back(working(n));
    supervise(options(strategy), std::move(specs));
  }

  void pass(duration d) {
    time.advance(d);
    run();
  }
  void send(const std::string& name, int number) {
    refs[name].tell_from_outside(root, question{number});
    run();
  }
  /// The incarnation that answers; empty on an error.
  std::optional<int> asked(const std::string& name) {
    testing::outcome out;
    spawn_doing([&](caf::event_based_actor* self) {
      ask(self, root, refs[name], question{1})
          .then([&](const answer& a) { out.answers.push_back(a.number); },
                [&](errc e) { out.errors.push_back(e); });
    });
    EXPECT_EQ(out.count(), 1U) << "an answer or an error, at once";
    last_error = out.errors.empty() ? errc::none : out.errors.front();
    return out.answers.empty() ? std::nullopt : std::optional(out.answers.front());
  }
  template <class Message>
  child_changed request(Message m) {
    child_changed got{99, {}};
    spawn_doing([&](caf::event_based_actor* self) {
      ask(self, root, top, std::move(m))
          .then([&](const child_changed& c) { got = c; },
                [&](errc e) {
                  got = {98, std::string(to_string(e))};
                });
    });
    return got;
  }
  child_changed add(child_spec spec) {
    return request(add_child{std::make_shared<const child_spec>(std::move(spec))});
  }
  void stop() {
    scope.cancel();
    run();
  }
  std::vector<supervision_event> told(child_event what) const {
    std::vector<supervision_event> some;
    for (auto& e : history->read())
      if (e.what == what) some.push_back(std::move(e));
    return some;
  }

  cancel_scope scope = with_cancel(root);
  caf::actor top;
  std::shared_ptr<supervision_history> history = std::make_shared<supervision_history>();
  std::map<std::string, child_ref> refs;
  std::map<std::string, int> starts;
  std::map<std::string, context> lives;
  std::map<std::string, std::string> start_errors;
  std::vector<std::string> started;
  std::vector<std::string> ended;
  bool all_started = false;
  std::optional<caf::error> why_ended;
  errc last_error = errc::none;
};

using names = std::vector<std::string>;

TEST_F(a_supervisor, starts_its_children_in_order) {
  supervise(one_for_one, {"a", "b", "c"});
  EXPECT_EQ(started, (names{"a", "b", "c"}));
  EXPECT_TRUE(all_started);
  EXPECT_EQ(asked("b"), 1);
}

TEST_F(a_supervisor, restarts_a_child_that_crashed_after_a_wait) {
  supervise(one_for_one, {"a", "b"});
  send("a", crash_please);
  EXPECT_EQ(starts["a"], 1);
  pass(milliseconds(99));
  EXPECT_EQ(starts["a"], 1);
  pass(milliseconds(1));
  EXPECT_EQ(asked("a"), 2);
  EXPECT_EQ(asked("b"), 1);
}

TEST_F(a_supervisor, restarts_a_child_whose_handler_threw) {
  supervise(one_for_one, {"a"});
  send("a", throw_please);
  pass(milliseconds(100));
  EXPECT_EQ(asked("a"), 2);
  EXPECT_EQ(told(child_event::exited).size(), 1U);
}

TEST_F(a_supervisor, restarts_its_group_in_order) {
  supervise(one_for_all, {"a", "b", "c"});
  started.clear();
  send("b", crash_please);
  EXPECT_EQ(ended, (names{"b", "c", "a"}));
  pass(milliseconds(100));
  EXPECT_EQ(started, (names{"a", "b", "c"}));
}

TEST_F(a_supervisor, lets_a_transient_child_finish) {
  supervise(options(), {working("a", transient)});
  send("a", finish_please);
  pass(seconds(10));
  EXPECT_EQ(starts["a"], 1);
  ASSERT_EQ(told(child_event::exited).size(), 1U);
  EXPECT_EQ(told(child_event::exited)[0].reason, "normal");
  EXPECT_FALSE(told(child_event::exited)[0].restart_in);
}

// -- child_ref -----------------------------------------------------------------------------------

TEST_F(a_supervisor, s_reference_to_a_child_works_across_restarts) {
  supervise(one_for_one, {"a"});
  EXPECT_EQ(asked("a"), 1);
  for (int run_number = 2; run_number < 5; ++run_number) {
    send("a", crash_please);
    EXPECT_EQ(asked("a"), std::nullopt);
    EXPECT_EQ(last_error, errc::unreachable);
    pass(seconds(1));
    EXPECT_EQ(asked("a"), run_number);
  }
}

TEST_F(a_supervisor, s_reference_counts_what_it_drops_while_the_child_is_down) {
  supervise(one_for_one, {"a"});
  send("a", crash_please);
  send("a", 1);
  send("a", 2);
  EXPECT_EQ(refs["a"].losses().offered, 3U);
  EXPECT_EQ(refs["a"].losses().handled, 1U);
  EXPECT_EQ(refs["a"].losses().dropped, 2U);
}

TEST_F(a_supervisor, s_reference_is_empty_before_the_start_and_after_the_end) {
  EXPECT_EQ(asked("a"), std::nullopt);
  supervise(one_for_one, {"a"});
  EXPECT_TRUE(refs["a"].current());
  stop();
  EXPECT_FALSE(refs["a"].current());
}

TEST_F(a_supervisor, s_reference_is_empty_until_the_child_is_ready) {
  auto slow = working("a");
  std::function<void()> ready;
  slow.policy.ready_within = seconds(3);
  slow.start = [&, start = slow.start](const incarnation& me) {
    ready = [me] { me.ready(); };
    return start(me);
  };
  supervise(options(), {slow, working("b")});
  EXPECT_FALSE(refs["a"].current());
  EXPECT_EQ(starts["b"], 0) << "b waits for a";
  ready();
  ready();
  run();
  EXPECT_TRUE(refs["a"].current());
  EXPECT_TRUE(all_started);
  ready = nullptr;
}

// -- the life of an incarnation ------------------------------------------------------------------

TEST_F(a_supervisor, ends_what_works_for_an_incarnation_with_it) {
  supervise(one_for_one, {"a"});
  const context first = lives["a"];
  EXPECT_FALSE(first.done());
  send("a", crash_please);
  EXPECT_TRUE(first.done());
  pass(milliseconds(100));
  EXPECT_FALSE(lives["a"].done());
}

// -- starts that fail ----------------------------------------------------------------------------

TEST_F(a_supervisor, fails_if_one_of_the_first_children_fails_to_start) {
  start_errors["b"] = "no port";
  supervise(one_for_one, {"a", "b", "c"});
  EXPECT_FALSE(all_started);
  EXPECT_EQ(started, names{"a"});
  EXPECT_EQ(ended, names{"a"});
  ASSERT_TRUE(why_ended);
  EXPECT_NE(caf::to_string(*why_ended).find("b failed to start: no port"), std::string::npos)
      << caf::to_string(*why_ended);
}

TEST_F(a_supervisor, survives_a_child_whose_state_throws_while_being_made) {
  supervise(one_for_one, {"a"});
  child_spec spec;
  spec.policy.name = "fragile";
  spec.start = [](const incarnation& me) -> caf::actor { return me.supervisor()->spawn(fragile); };
  const auto got = add(spec);
  EXPECT_EQ(got.answer(), child_answer::failed_to_start);
  EXPECT_EQ(got.reason, "failed to start: no memory for a state");
  EXPECT_EQ(asked("a"), 1);
}

TEST_F(a_supervisor, takes_whatever_a_start_function_throws_for_a_failure_to_start) {
  supervise(one_for_one, {"a"});
  child_spec spec;
  spec.policy.name = "odd";
  spec.start = [](const incarnation&) -> caf::actor { throw 42; };
  EXPECT_EQ(add(spec).reason, "failed to start: unknown exception");
  EXPECT_EQ(asked("a"), 1);
}

TEST_F(a_supervisor, takes_a_null_handle_for_a_failure_to_start) {
  supervise(one_for_one, {});
  child_spec spec;
  spec.policy.name = "nobody";
  spec.start = [](const incarnation&) -> caf::actor { return {}; };
  EXPECT_EQ(add(spec).reason, "failed to start: its start function returned no actor");
}

TEST_F(a_supervisor, restarts_a_child_that_ends_at_once_until_the_limit) {
  supervisor_options o = options();
  o.policy.limit = {3, seconds(60)};
  child_spec spec;
  spec.policy.name = "brief";
  int made = 0;
  spec.start = [&](const incarnation& me) -> caf::actor {
    ++made;
    return me.supervisor()->spawn([](caf::event_based_actor* self) { self->quit(); });
  };
  supervise(std::move(o), {spec});
  for (int i = 0; i < 10; ++i) pass(milliseconds(100));
  EXPECT_EQ(made, 4);
  EXPECT_TRUE(why_ended);
}

TEST_F(a_supervisor, counts_an_exit_before_being_ready_as_a_failure_to_start) {
  supervise(one_for_one, {"a"});
  child_spec spec;
  spec.policy.name = "brief";
  spec.policy.ready_within = seconds(1);
  spec.start = [](const incarnation& me) -> caf::actor {
    return me.supervisor()->spawn([](caf::event_based_actor* self) { self->quit(); });
  };
  const auto got = add(spec);
  EXPECT_EQ(got.answer(), child_answer::failed_to_start);
  EXPECT_EQ(got.reason, "failed to start: exited while starting: normal");
}

TEST_F(a_supervisor, tries_again_when_a_restart_fails) {
  supervise(one_for_one, {"a"});
  start_errors["a"] = "no port";
  send("a", crash_please);
  pass(milliseconds(100));
  ASSERT_EQ(told(child_event::failed_to_start).size(), 1U);
  EXPECT_EQ(told(child_event::failed_to_start)[0].restart_in, milliseconds(200));
  start_errors.clear();
  pass(milliseconds(200));
  EXPECT_EQ(asked("a"), 2);
}

TEST_F(a_supervisor, refuses_two_children_of_one_name) {
  EXPECT_THROW(spawn_supervisor(system, root, options(), {working("a"), working("a")}),
               std::invalid_argument);
  supervise(one_for_one, {"a"});
  EXPECT_EQ(add(working("a")).answer(), child_answer::name_taken);
}

// -- stopping ------------------------------------------------------------------------------------

TEST_F(a_supervisor, stops_its_children_in_reverse_order_when_its_context_ends) {
  supervise(one_for_one, {"a", "b", "c"});
  stop();
  EXPECT_EQ(ended, (names{"c", "b", "a"}));
  EXPECT_EQ(why_ended, caf::exit_reason::user_shutdown);
  EXPECT_EQ(told(child_event::stopped).size(), 3U);
  EXPECT_EQ(history->totals().failures, 0U);
}

TEST_F(a_supervisor, of_a_done_context_ends_without_starting_any_child) {
  scope.cancel();
  supervise(one_for_one, {"a"});
  EXPECT_TRUE(started.empty());
  EXPECT_TRUE(why_ended);
}

TEST_F(a_supervisor, kills_and_names_a_child_that_ignores_its_exit) {
  child_spec deaf;
  deaf.policy.name = "deaf";
  deaf.start = [](const incarnation& me) -> caf::actor { return me.supervisor()->spawn(stubborn); };
  supervise(options(), {working("a"), deaf, working("c")});
  stop();
  EXPECT_EQ(ended, names{"c"});
  pass(seconds(5));
  EXPECT_EQ(ended, (names{"c", "a"}));
  EXPECT_TRUE(why_ended);
  ASSERT_EQ(told(child_event::killed).size(), 1U);
  EXPECT_EQ(told(child_event::killed)[0].child, "deaf");
  EXPECT_EQ(told(child_event::killed)[0].reason, "did not exit within 5000 ms");
}

TEST_F(a_supervisor, that_is_killed_kills_its_children) {
  child_spec deaf;
  deaf.policy.name = "deaf";
  bool deaf_ended = false;
  deaf.start = [&](const incarnation& me) -> caf::actor {
    const caf::actor made = me.supervisor()->spawn(stubborn);
    made->attach_functor([&] { deaf_ended = true; });
    return made;
  };
  supervise(options(), {working("a"), deaf});
  end(top);
  EXPECT_TRUE(deaf_ended);
  EXPECT_EQ(ended, names{"a"});
  EXPECT_FALSE(refs["a"].current());
}

TEST_F(a_supervisor, gives_up_at_its_limit_and_names_the_child_that_failed) {
  supervisor_options o = options();
  o.policy.limit = {1, seconds(10)};
  supervise(std::move(o), {working("a"), working("b")});
  send("a", crash_please);
  pass(milliseconds(100));
  send("a", crash_please);
  ASSERT_TRUE(why_ended);
  EXPECT_NE(caf::to_string(*why_ended).find("a exceeded the restart limit: broken_promise"),
            std::string::npos)
      << caf::to_string(*why_ended);
  EXPECT_EQ(ended, (names{"a", "a", "b"}));
  EXPECT_EQ(history->totals().escalations, 1U);
}

// -- trees ---------------------------------------------------------------------------------------

class a_tree : public a_supervisor {
 protected:
  /// a, then a group of b and c, then d.
  void grow() {
    supervisor_options inner;
    inner.path = "node";
    inner.history = history;
    inner.policy.strategy = one_for_all;
    inner.policy.limit = {1, seconds(60)};
    inner.policy.backoff.first = duration::zero();
    supervise(options(),
              {working("a"), supervisor_child("group", root, inner, {working("b"), working("c")}),
               working("d")});
  }
};

TEST_F(a_tree, starts_level_by_level_in_order) {
  grow();
  EXPECT_EQ(started, (names{"a", "b", "c", "d"}));
  EXPECT_TRUE(all_started);
}

TEST_F(a_tree, restarts_a_group_without_its_neighbours) {
  grow();
  started.clear();
  send("c", crash_please);
  EXPECT_EQ(started, (names{"b", "c"}));
  const auto exits = told(child_event::exited);
  ASSERT_EQ(exits.size(), 1U);
  EXPECT_EQ(exits[0].supervisor, "node/group");
}

TEST_F(a_tree, escalates_to_the_parent_which_restarts_the_whole_group) {
  grow();
  send("b", crash_please);
  started.clear();
  send("b", crash_please);
  EXPECT_EQ(asked("c"), std::nullopt) << "the group is down, and its parent waits";
  pass(milliseconds(100));
  EXPECT_EQ(started, (names{"b", "c"}));
  EXPECT_EQ(asked("c"), 3);
  EXPECT_EQ(starts["a"], 1);
}

TEST_F(a_tree, stops_from_its_last_leaf_to_its_first) {
  grow();
  stop();
  EXPECT_EQ(ended, (names{"d", "c", "b", "a"}));
  EXPECT_EQ(why_ended, caf::exit_reason::user_shutdown);
}

TEST_F(a_tree, does_not_start_if_a_leaf_does_not) {
  start_errors["c"] = "no port";
  grow();
  EXPECT_EQ(started, (names{"a", "b"}));
  EXPECT_EQ(ended, (names{"b", "a"}));
  ASSERT_TRUE(why_ended);
  EXPECT_NE(caf::to_string(*why_ended).find("c failed to start: no port"), std::string::npos)
      << caf::to_string(*why_ended);
}

TEST_F(a_tree, that_is_killed_dies_down_to_its_leaves) {
  grow();
  end(top);
  EXPECT_EQ(std::set<std::string>(ended.begin(), ended.end()),
            (std::set<std::string>{"a", "b", "c", "d"}));
}

// -- children that come and go -------------------------------------------------------------------

TEST_F(a_supervisor, adds_a_child_while_running_and_says_when_it_runs) {
  supervise(one_for_one, {"a"});
  EXPECT_EQ(add(working("b")).answer(), child_answer::done);
  EXPECT_EQ(asked("b"), 1);
  send("b", crash_please);
  pass(milliseconds(100));
  EXPECT_EQ(asked("b"), 2) << "supervised like the first ones";
}

TEST_F(a_supervisor, removes_a_child_while_running_and_says_when_it_is_gone) {
  supervise(one_for_one, {"a", "b"});
  EXPECT_EQ(request(remove_child{"a"}).answer(), child_answer::done);
  EXPECT_EQ(ended, names{"a"});
  pass(seconds(10));
  EXPECT_EQ(starts["a"], 1);
  EXPECT_EQ(request(remove_child{"a"}).answer(), child_answer::unknown_child);
  EXPECT_EQ(add(working("a")).answer(), child_answer::done);
  EXPECT_EQ(asked("a"), 2);
}

TEST_F(a_supervisor, takes_no_child_while_it_stops) {
  child_spec deaf;
  deaf.policy.name = "deaf";
  deaf.start = [](const incarnation& me) -> caf::actor { return me.supervisor()->spawn(stubborn); };
  supervise(options(), {deaf});
  stop();
  EXPECT_EQ(add(working("b")).answer(), child_answer::stopping);
}

TEST_F(a_supervisor, does_not_take_the_end_of_a_linked_child_for_its_own) {
  child_spec spec;
  spec.policy.name = "linked";
  int made = 0;
  spec.ref = refs["linked"];
  spec.start = [&](const incarnation& me) -> caf::actor {
    return me.supervisor()->spawn<caf::linked>(worker, ++made);
  };
  supervise(options(), {spec, working("a")});
  send("linked", crash_please);
  pass(milliseconds(100));
  EXPECT_EQ(asked("linked"), 2);
  EXPECT_EQ(asked("a"), 1);
}

TEST_F(a_supervisor, does_not_reach_a_child_that_was_ready_too_late) {
  child_spec spec;
  spec.policy.name = "late";
  spec.policy.ready_within = seconds(1);
  spec.ref = refs["late"];
  std::function<void()> ready;
  spec.start = [&](const incarnation& me) -> caf::actor {
    ready = [me] { me.ready(); };
    return me.supervisor()->spawn(worker, 1);
  };
  supervise(options(), {spec});
  time.advance(seconds(1));
  ready();
  run();
  EXPECT_FALSE(refs["late"].current());
  ASSERT_TRUE(why_ended);
  EXPECT_EQ(told(child_event::killed).size(), 1U);
}

// -- what it tells -------------------------------------------------------------------------------

TEST_F(a_supervisor, keeps_a_history_of_restarts_with_their_reasons) {
  supervisor_options o = options();
  std::vector<std::uint64_t> heard;
  o.on_event = [&](const supervision_event& e) { heard.push_back(e.number); };
  supervise(std::move(o), {working("a")});
  send("a", crash_please);
  pass(milliseconds(100));
  const auto events = history->read();
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].what, child_event::started);
  EXPECT_EQ(events[1].what, child_event::exited);
  EXPECT_EQ(events[1].child, "a");
  EXPECT_EQ(events[1].supervisor, "node");
  EXPECT_EQ(events[1].reason, "broken_promise");
  EXPECT_EQ(events[1].restart_in, milliseconds(100));
  EXPECT_EQ(events[2].what, child_event::started);
  EXPECT_EQ(events[2].at, time.wall_now());
  EXPECT_EQ(heard, (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST_F(a_supervisor, leaves_no_timer_behind) {
  supervise(one_for_one, {"a", "b"});
  send("a", crash_please);
  EXPECT_EQ(time.armed(), 1U);
  pass(milliseconds(100));
  EXPECT_EQ(time.armed(), 0U);
  send("b", crash_please);
  stop();
  EXPECT_EQ(time.armed(), 0U);
}

// -- on real threads -----------------------------------------------------------------------------

TEST(a_supervisor_on_threads, restarts_and_stops_while_everyone_speaks) {
  runtime_options threads;
  threads.workers = 4;
  runtime rt(threads);
  auto scope = with_cancel(rt.background());
  std::vector<child_ref> refs(8);
  std::vector<child_spec> specs;
  for (const auto& ref : refs) {
    child_spec spec;
    spec.policy.name = "child " + std::to_string(specs.size());
    spec.ref = ref;
    spec.start = [](const incarnation& me) -> caf::actor {
      return me.supervisor()->spawn(worker, 1);
    };
    specs.push_back(std::move(spec));
  }
  supervisor_options options;
  options.policy.strategy = rest_for_one;
  options.policy.limit = {1'000'000, std::chrono::hours(1)};
  options.policy.backoff.first = duration::zero();
  std::promise<void> over;
  {
    const auto top = spawn_supervisor(rt.system(), scope.ctx(), options, std::move(specs));
    top->attach_functor([&] { over.set_value(); });
  }
  std::vector<std::thread> speakers;
  for (unsigned t = 0; t < 4; ++t) {
    speakers.emplace_back([&, t] {
      for (unsigned i = 0; i < 2'000; ++i)
        refs[(i + t) % refs.size()].tell_from_outside(rt.background(),
                                                      question{i % 100 == t ? crash_please : 1});
    });
  }
  for (auto& s : speakers) s.join();
  scope.cancel();
  over.get_future().wait();
  for (const auto& ref : refs) {
    EXPECT_FALSE(ref.current());
    EXPECT_EQ(ref.losses().offered, 1'000U);
  }
}

}  // namespace
}  // namespace lifeline
