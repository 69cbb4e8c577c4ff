#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "actor/hand_scheduler.hpp"
#include "lifeline/actor/ask.hpp"
#include "lifeline/actor/caf.hpp"
#include "lifeline/actor/reply.hpp"
#include "lifeline/actor/shed.hpp"
#include "lifeline/actor/wire.hpp"
#include "lifeline/context/context.hpp"
#include "lifeline/time/manual_clock.hpp"

namespace lifeline::testing {

struct question {
  int number = 0;
};
template <class Inspector>
auto inspect(Inspector& f, question& x) {
  return fields(f, "question", x, x.number);
}

struct answer {
  int number = 0;
};
template <class Inspector>
auto inspect(Inspector& f, answer& x) {
  return fields(f, "answer", x, x.number);
}

/// To `keeper`: apply this to the kept replies.
struct answer_all {
  int number = 0;
};
template <class Inspector>
auto inspect(Inspector& f, answer_all& x) {
  return fields(f, "answer_all", x, x.number);
}
struct forget_all {
  int unused = 0;
};
template <class Inspector>
auto inspect(Inspector& f, forget_all& x) {
  return fields(f, "forget_all", x, x.unused);
}

}  // namespace lifeline::testing

#if LIFELINE_CAF_1
CAF_BEGIN_TYPE_ID_BLOCK(actor_tests, caf::id_block::lifeline::end)
CAF_ADD_TYPE_ID(actor_tests, (lifeline::testing::question))
CAF_ADD_TYPE_ID(actor_tests, (lifeline::testing::answer))
CAF_ADD_TYPE_ID(actor_tests, (lifeline::testing::answer_all))
CAF_ADD_TYPE_ID(actor_tests, (lifeline::testing::forget_all))
CAF_END_TYPE_ID_BLOCK(actor_tests)
#endif

namespace lifeline::testing {

inline const context_key<std::string> request_id{"request_id"};

/// Results of asks.
struct outcome {
  std::vector<int> answers;
  std::vector<errc> errors;
  std::size_t count() const { return answers.size() + errors.size(); }
};

struct kept_replies {
  std::vector<reply> replies;
};

/// Answers on request.
inline caf::behavior keeper(caf::stateful_actor<kept_replies>* self, loss* losses) {
  return {shed(self, *losses,
               [self](const context&, const question&) -> caf::result<answer> {
                 state_of(self).replies.emplace_back(self);
                 return answers_later<answer>();
               }),
          [self](const answer_all& m) {
            for (auto& r : std::exchange(state_of(self).replies, {})) r(answer{m.number});
          },
          [self](const forget_all&) { state_of(self).replies.clear(); }};
}

/// Actors on one thread, with a manual clock; the test chooses the order. After each test, with all
/// actors gone, the loss ledger balances, nothing is in flight and no timer is armed.
class actor_fixture : public ::testing::Test {
 protected:
  ~actor_fixture() override { end_all(); }

  void TearDown() override {
    EXPECT_TRUE(losses.read().balances());
    end_all();
    EXPECT_TRUE(losses.read().balances());
    EXPECT_EQ(losses.read().in_flight, 0U);
    EXPECT_EQ(time.armed(), 0U);
  }

  void end_all() {
    for (const auto& a : actors_)
      exit_first(caf::actor_cast<caf::strong_actor_ptr>(a), caf::exit_reason::kill);
    run();
  }

  /// Runs all actors until they are idle.
  void run() { hand_run_.run(); }

  template <class F, class... Args>
  caf::actor spawn(F f, Args&&... args) {
    const caf::actor a = system.spawn(std::move(f), std::forward<Args>(args)...);
    actors_.push_back(caf::actor_cast<caf::weak_actor_ptr>(a));
    run();
    return a;
  }

  caf::actor spawn_keeper() { return spawn(keeper, &losses); }

  /// An actor that runs `f` with itself on request, and does nothing else.
  template <class F>
  caf::actor spawn_doing(F f) {
    return spawn([f](caf::event_based_actor* self) -> caf::behavior {
      f(self);
      return {[](const answer_all&) {}};
    });
  }

  void end(const caf::actor& a, caf::error why = caf::exit_reason::kill) {
    exit_first(caf::actor_cast<caf::strong_actor_ptr>(a), std::move(why));
    run();
  }

  caf::actor spawn_asker(const context& ctx, const caf::actor& target, outcome& out) {
    return spawn_doing([&, ctx, target](caf::event_based_actor* self) {
      lifeline::ask(self, offered(losses, ctx), target, question{1})
          .then([&](const answer& a) { out.answers.push_back(a.number); },
                [&](errc e) { out.errors.push_back(e); });
    });
  }

  manual_clock time;
  context root = background(time);
  loss losses;

 private:
  struct config : system_config {
    config() {
      values.add(request_id);
#if LIFELINE_CAF_1
      caf::init_global_meta_objects<caf::id_block::actor_tests>();
#endif
    }
  };
  config config_;
  hand_run_system hand_run_{config_};

 protected:
  caf::actor_system& system = hand_run_.system();

 private:
  std::vector<caf::weak_actor_ptr> actors_;
};

}  // namespace lifeline::testing
