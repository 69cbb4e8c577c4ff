// Everything that a request began ends with its context, wherever it is.

#include <gtest/gtest.h>
#include <caf/actor_registry.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actor/actor_fixture.hpp"
#include "actor/held_door.hpp"
#include "lifeline/actor/linked.hpp"
#include "lifeline/actor/tell_when_done.hpp"

namespace lifeline {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::answer;
using testing::answer_all;
using testing::outcome;
using testing::question;

inline const context_key<std::string> trace{"trace"};

class a_request : public testing::actor_fixture {
 protected:
  std::size_t alive() { return system.registry().running(); }

  testing::held_door door;
  outcome out;
};

// -- queued messages ----------------------------------------------------------------------------

TEST_F(a_request, that_is_cancelled_has_none_of_its_queued_messages_handled) {
  std::vector<int> handled;
  const auto target = system.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    return {shed(self, losses, [&](const context&, const question& q) {
      handled.push_back(q.number);
      return answer{q.number};
    })};
  });
  auto mine = with_cancel(root);
  auto other = with_cancel(root);
  const auto asker = system.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    for (int i = 0; i < 20; ++i)
      ask(self, offered(losses, i % 2 == 0 ? mine.ctx() : other.ctx()), target, question{i})
          .then([&](const answer& a) { out.answers.push_back(a.number); },
                [&](errc e) { out.errors.push_back(e); });
    mine.cancel();  // all twenty are in the target's mailbox
    return {[](const answer_all&) {}};
  });
  run();
  EXPECT_EQ(handled, (std::vector{1, 3, 5, 7, 9, 11, 13, 15, 17, 19}));
  EXPECT_EQ(out.answers, handled);
  EXPECT_EQ(out.errors, std::vector<errc>(10, errc::canceled));
  EXPECT_EQ(losses.read().cancelled, 10U);
  end(asker);
  end(target);
}

// -- everything at once -------------------------------------------------------------------------

struct worker_state {
  std::optional<cancel_scope> limit;
  std::shared_ptr<int> held;
};

/// Asks and sets a timer of its own, then waits.
caf::behavior work(caf::stateful_actor<worker_state>* self, context ctx, caf::actor target,
                   loss* losses, std::shared_ptr<int> held) {
  auto& me = state_of(self);
  me.held = std::move(held);
  me.limit.emplace(with_timeout(ctx, minutes(1)));
  ask(self, offered(*losses, me.limit->ctx()), target, question{1})
      .then([](const answer&) {}, [](errc) {});
  return {[](const answer_all&) {}};
}

TEST_F(a_request, ends_all_that_it_began_in_one_instant_and_leaves_nothing) {
  const auto held = std::make_shared<int>();
  const auto target = spawn_keeper();
  const auto parent = spawn_doing([](caf::event_based_actor*) {});
  const std::size_t before = alive();
  std::vector<caf::error> reasons;
  int jobs = 0;
  {
    auto scope = with_timeout(root, hours(1));
    const auto client = spawn_doing([&, ctx = scope.ctx()](caf::event_based_actor* self) {
      for (int i = 0; i < 3; ++i)
        spawn_linked(self, ctx, work, ctx, target, &losses, held)
            ->attach_functor([&](const caf::error& why) { reasons.push_back(why); });
      ask(self, offered(losses, ctx), target, question{1})
          .then([held](const answer&) {}, [&, held](errc e) { out.errors.push_back(e); });
      call_blocking(self, ctx, door, lane::read, [&jobs, held](const context&) {
        ++jobs;
        return answer{1};
      }).then([](const answer&) {}, [&, held](errc e) { out.errors.push_back(e); });
    });
    link_to(scope.ctx(), client);
    client->attach_functor([&](const caf::error& why) { reasons.push_back(why); });
    EXPECT_EQ(alive(), before + 4);
    EXPECT_EQ(time.armed(), 4U) << "a timer for the request, one for each worker, none for asks";
    const time_point now = time.now();
    scope.cancel();
    run();
    EXPECT_EQ(time.now(), now);
  }
  EXPECT_EQ(alive(), before);
  EXPECT_EQ(reasons, std::vector<caf::error>(4, to_caf(errc::canceled)));
  EXPECT_EQ(time.armed(), 0U);
  door.run_all();
  EXPECT_EQ(jobs, 0);
  tell_from_outside(target, answer_all{1});  // too late for everyone
  run();
  EXPECT_EQ(out.count(), 0U) << "the client itself was linked, so it got nothing";
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(a_request, notifies_a_surviving_asker_of_every_end_once) {
  const auto target = spawn_keeper();
  auto scope = with_timeout(root, seconds(5));
  const auto client = spawn_doing([&, ctx = scope.ctx()](caf::event_based_actor* self) {
    const auto on_answer = [&](const answer& a) { out.answers.push_back(a.number); };
    const auto on_error = [&](errc e) { out.errors.push_back(e); };
    for (int i = 0; i < 3; ++i)
      ask(self, offered(losses, ctx), target, question{i}).then(on_answer, on_error);
    call_blocking(self, ctx, door, lane::read, [](const context&) {
      return answer{1};
    }).then(on_answer, on_error);
  });
  time.advance(seconds(5));
  run();
  EXPECT_EQ(out.errors, std::vector<errc>(4, errc::deadline_exceeded));
  door.run_all();
  tell_from_outside(target, answer_all{1});
  run();
  EXPECT_EQ(out.count(), 4U);
}

// -- detached work ------------------------------------------------------------------------------

struct noted {
  std::string request;
  std::string trace;
  bool limited = true;
};

TEST_F(a_request, leaves_detached_work_alone_which_keeps_request_id_and_trace) {
  std::vector<noted> notes;
  const auto audit = system.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    return {shed(self, losses, [&](const context& ctx, const question&) {
      notes.push_back({*ctx.value(testing::request_id), *ctx.value(trace), !!ctx.deadline()});
      return answer{1};
    })};
  });
  auto scope = with_timeout(with_value(with_value(root, testing::request_id, "r-7"), trace, "t-9"),
                            seconds(1));
  const auto worker = system.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    return {shed(self, losses, [&, self](const context& ctx, const question& q) {
      const context detached = without_cancel(ctx);
      ask(self, offered(losses, detached), audit, q)
          .then([&](const answer& a) { out.answers.push_back(a.number); },
                [&](errc e) { out.errors.push_back(e); });
      ask(self, offered(losses, ctx), audit, q).then([&](const answer&) {}, [](errc) {});
      scope.cancel();  // the client hangs up while both are on their way
    })};
  });
  tell_from_outside(worker, offered(losses, scope.ctx()), question{1});
  run();
  ASSERT_EQ(notes.size(), 1U) << "only what was detached";
  EXPECT_EQ(notes[0].request, "r-7");
  EXPECT_EQ(notes[0].trace, "t-9");
  EXPECT_FALSE(notes[0].limited);
  EXPECT_EQ(out.answers, std::vector{1});
  EXPECT_TRUE(out.errors.empty());
  end(worker);
  end(audit);
}

// -- a chain ------------------------------------------------------------------------------------

struct link_state {
  std::optional<cancel_scope> scope;
};

/// What each link of a chain saw.
struct chain_log {
  manual_clock& time;
  loss& losses;
  std::vector<time_point> deadlines;
  std::vector<duration> left;
  std::vector<errc> ends;
};

/// Passes a question on within its own time limit, which may be longer than the given one.
caf::behavior chain_link(caf::stateful_actor<link_state>* self, chain_log* log, caf::actor next,
                         duration limit) {
  return {
      shed(self, log->losses, [=](const context& ctx, const question& q) -> caf::result<answer> {
        log->deadlines.push_back(*ctx.deadline());
        log->left.push_back(ctx.remaining());
        log->time.advance(milliseconds(1));
        const reply r(self);
        auto& scope = state_of(self).scope;
        scope.emplace(with_timeout(ctx, limit));
        ask(self, offered(log->losses, scope->ctx()), next, q)
            .then([r](const answer& a) { r(a); },
                  [r, log](errc e) {
                    log->ends.push_back(e);
                    r.fail(e);
                  });
        return answers_later<answer>();
      })};
}

TEST_F(a_request, has_a_deadline_that_only_shrinks_along_a_chain_of_ten_actors) {
  chain_log log{time, losses, {}, {}, {}};
  caf::actor next = spawn_keeper();
  constexpr std::array<duration, 10> limits{hours(1), seconds(40), seconds(50), seconds(30),
                                            hours(2), seconds(60), seconds(20), seconds(25),
                                            hours(3), seconds(10)};
  for (auto limit = limits.rbegin(); limit != limits.rend(); ++limit)
    next = spawn(chain_link, &log, next, *limit);
  const auto scope = with_timeout(root, minutes(1));
  const auto client = spawn_asker(scope.ctx(), next, out);
  ASSERT_EQ(log.deadlines.size(), 10U);
  for (std::size_t i = 1; i < 10; ++i) {
    EXPECT_LE(log.deadlines[i], log.deadlines[i - 1]) << i;
    EXPECT_LT(log.left[i], log.left[i - 1]) << i;
  }
  EXPECT_EQ(log.left[0], minutes(1));
  EXPECT_LT(log.left[9], seconds(20)) << "the shortest before it";
  // The last link's own ten seconds end first; its error travels all the way back.
  time.advance(seconds(10));
  run();
  EXPECT_EQ(log.ends, std::vector<errc>(10, errc::deadline_exceeded));
  EXPECT_EQ(out.errors, std::vector{errc::deadline_exceeded});
}

// -- a death ------------------------------------------------------------------------------------

TEST_F(a_request, gets_an_error_when_a_target_dies_wherever_its_ask_is) {
  const auto far = spawn_keeper();
  const auto target = system.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    return {shed(self, losses, [&, self](const context& ctx, const question& q) {
      const reply r(self);
      ask(self, offered(losses, ctx), far, q)
          .then([r](const answer& a) { r(a); }, [r](errc e) { r.fail(e); });
      return answers_later<answer>();
    })};
  });
  const auto scope = with_timeout(root, minutes(1));
  const auto first = spawn_asker(scope.ctx(), target, out);  // passed on, and held
  const auto second = system.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    ask(self, offered(losses, scope.ctx()), target, question{2})
        .then([](const answer&) {}, [&](errc e) { out.errors.push_back(e); });
    exit_first(caf::actor_cast<caf::strong_actor_ptr>(target), caf::exit_reason::kill);
    return {[](const answer_all&) {}};
  });
  run();
  EXPECT_EQ(out.errors.size(), 2U);
  EXPECT_EQ(std::count(out.errors.begin(), out.errors.end(), errc::broken_promise), 1);
  EXPECT_EQ(std::count(out.errors.begin(), out.errors.end(), errc::unreachable), 1);
  EXPECT_EQ(losses.read().dead_lettered, 1U);
  tell_from_outside(far, answer_all{1});  // to an asker that is no more
  run();
  EXPECT_EQ(out.count(), 2U);
  end(second);
}

// -- tells --------------------------------------------------------------------------------------

TEST_F(a_request, that_is_over_sheds_its_tells_and_does_no_harm) {
  const auto target = spawn_keeper();
  auto scope = with_cancel(root);
  bool teller_ended = false;
  const auto teller = spawn_doing([&](caf::event_based_actor* self) {
    for (int i = 0; i < 5; ++i) tell(self, target, offered(losses, scope.ctx()), question{i});
    scope.cancel();
  });
  teller->attach_functor([&] { teller_ended = true; });
  run();
  EXPECT_FALSE(teller_ended);
  EXPECT_EQ(losses.read().cancelled, 5U);
  const auto asker = spawn_asker(root, target, out);
  tell_from_outside(target, answer_all{3});
  run();
  EXPECT_EQ(out.answers, std::vector{3}) << "the target lives, too";
}

}  // namespace
}  // namespace lifeline
