#pragma once

#include <gtest/gtest.h>
#include <caf/scheduler/test_coordinator.hpp>

#include <utility>
#include <vector>

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

/// To `keeper`: do something with the replies that you keep.
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

/// What came of asks.
struct outcome {
  std::vector<int> answers;
  std::vector<errc> errors;
  std::size_t count() const { return answers.size() + errors.size(); }
};

struct kept_replies {
  std::vector<reply> replies;
};

/// Answers when it is told to.
inline caf::behavior keeper(caf::stateful_actor<kept_replies>* self) {
  return {[self](const context&, const question&) -> caf::result<answer> {
            state_of(self).replies.emplace_back(self);
            return answers_later<answer>();
          },
          [self](const answer_all& m) {
            for (auto& r : std::exchange(state_of(self).replies, {})) r(answer{m.number});
          },
          [self](const forget_all&) { state_of(self).replies.clear(); }};
}

/// Actors on one thread, under hand-made time; every test chooses who runs when.
class actor_fixture : public ::testing::Test {
 protected:
  ~actor_fixture() override {
    for (const auto& a : actors_)
      exit_first(caf::actor_cast<caf::strong_actor_ptr>(a), caf::exit_reason::kill);
    run();
  }

  /// Lets all actors handle all that they have.
  void run() { coordinator_.run(); }

  template <class F, class... Args>
  caf::actor spawn(F f, Args&&... args) {
    const caf::actor a = system.spawn(std::move(f), std::forward<Args>(args)...);
    actors_.push_back(caf::actor_cast<caf::weak_actor_ptr>(a));
    run();
    return a;
  }

  /// An actor that runs `f` with itself when it is told to, and does nothing else.
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
      lifeline::ask(self, ctx, target, question{1})
          .then([&](const answer& a) { out.answers.push_back(a.number); },
                [&](errc e) { out.errors.push_back(e); });
    });
  }

  manual_clock time;
  context root = background(time);

 private:
  struct config : caf::actor_system_config {
    config() {
      set("scheduler.policy", caf::atom("testing"));
      set("logger.verbosity", caf::atom("quiet"));
    }
  };
  config config_;

 protected:
  caf::actor_system system{config_};

 private:
  caf::scheduler::test_coordinator& coordinator_ =
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  std::vector<caf::weak_actor_ptr> actors_;
};

}  // namespace lifeline::testing
