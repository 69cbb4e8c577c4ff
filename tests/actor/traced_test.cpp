#include "actor/actor_fixture.hpp"
#include "observe/kept_spans.hpp"

namespace lifeline {
namespace {

using std::chrono::seconds;
using testing::answer;
using testing::answer_all;
using testing::outcome;
using testing::question;
using testing::shape_of;

using shape = std::set<std::string>;

struct a_traced_actor : testing::actor_fixture {
  context traced(const context& c) const { return with_value(c, trace_key, trace_state{&by, top}); }
  /// Answers at once.
  caf::actor spawn_clerk() {
    return spawn([this](caf::event_based_actor* self) -> caf::behavior {
      return {
          shed(self, losses, [](const context&, const question& q) { return answer{q.number}; })};
    });
  }
  /// Asks another actor before it answers.
  caf::actor spawn_middleman(const caf::actor& behind) {
    return spawn([this, behind](caf::event_based_actor* self) -> caf::behavior {
      return {shed(self, losses, [this, self, behind](const context& ctx, const question& q) {
        const auto later = std::make_shared<reply>(self);
        lifeline::ask(self, offered(losses, ctx), behind, q)
            .then([later](const answer& a) { (*later)(a); }, [later](errc e) { later->fail(e); });
        return answers_later<answer>();
      })};
    });
  }

  testing::kept_spans kept;
  tracer by{kept, 1, time};
  trace_parent top = by.begin(nullptr);
  outcome out;
};

TEST_F(a_traced_actor, has_a_span_for_what_it_asks_and_for_what_it_handles) {
  spawn_asker(traced(root), spawn_clerk(), out);
  EXPECT_EQ(out.answers, std::vector{1});
  const auto all = kept.of(top.trace);
  EXPECT_EQ(shape_of(all), (shape{"ask question in ", "handle question in ask question"}));
  for (const auto& s : all) EXPECT_FALSE(s.failed) << s.name;
  EXPECT_EQ(kept.named("ask question").at(0).parent, top.span);
}

TEST_F(a_traced_actor, passes_its_own_place_to_the_actors_it_asks) {
  const auto scope = with_cancel(root);
  spawn_asker(traced(scope.ctx()), spawn_middleman(spawn_clerk()), out);
  EXPECT_EQ(out.answers, std::vector{1});
  const auto all = kept.of(top.trace);
  EXPECT_EQ(all.size(), 4U);
  EXPECT_EQ(shape_of(all), (shape{"ask question in ", "handle question in ask question",
                                  "ask question in handle question"}));
}

TEST_F(a_traced_actor, records_why_an_ask_ended_without_an_answer) {
  auto scope = with_cancel(root);
  spawn_asker(traced(scope.ctx()), spawn_keeper(), out);
  scope.cancel();
  run();
  const auto late = with_timeout(root, seconds(1));
  spawn_asker(traced(late.ctx()), spawn_keeper(), out);
  time.advance(seconds(1));
  run();
  spawn_asker(traced(root), nullptr, out);
  std::vector<std::string> why;
  for (const auto& s : kept.named("ask question")) why.push_back(testing::error_of(s));
  EXPECT_EQ(why, (std::vector<std::string>{"canceled", "deadline_exceeded", "unreachable"}));
}

TEST_F(a_traced_actor, records_that_a_message_came_too_late_to_be_handled) {
  auto scope = with_cancel(root);
  const caf::actor clerk = spawn_clerk();
  tell_from_outside(clerk, offered(losses, traced(scope.ctx())), question{1});
  scope.cancel();
  run();
  const auto handled = kept.named("handle question");
  ASSERT_EQ(handled.size(), 1U);
  EXPECT_EQ(testing::error_of(handled[0]), "canceled");
}

TEST_F(a_traced_actor, records_that_a_handler_threw) {
  const caf::actor clerk = spawn([this](caf::event_based_actor* self) -> caf::behavior {
    return {shed(self, losses, [](const context&, const question&) -> answer {
      throw std::runtime_error("a bug");
    })};
  });
  spawn_asker(traced(root), clerk, out);
  EXPECT_EQ(out.errors, std::vector{errc::broken_promise});
  EXPECT_EQ(testing::error_of(kept.named("handle question").at(0)), "broken_promise");
  EXPECT_EQ(testing::error_of(kept.named("ask question").at(0)), "broken_promise");
}

TEST_F(a_traced_actor, without_a_recorded_trace_has_no_spans) {
  spawn_asker(root, spawn_middleman(spawn_clerk()), out);
  EXPECT_EQ(out.answers, std::vector{1});
  EXPECT_TRUE(kept.all().empty());
}

}  // namespace
}  // namespace lifeline
