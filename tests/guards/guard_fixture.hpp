#pragma once

#include <utility>
#include <vector>

#include "actor/actor_fixture.hpp"

namespace lifeline::guards::testing {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

/// Results of asks for an `Answer`.
template <class Answer>
struct heard {
  std::vector<Answer> answers;
  std::vector<errc> errors;
};

/// Asks from separate actors, one for each ask.
class guard_fixture : public lifeline::testing::actor_fixture {
 protected:
  template <class Answer, class Message>
  void ask(const context& ctx, const caf::actor& target, const Message& m, heard<Answer>& out) {
    spawn_doing([&out, ctx, target, m, this](caf::event_based_actor* self) {
      lifeline::ask(self, offered(losses, ctx), target, m)
          .then([&out](const Answer& a) { out.answers.push_back(a); },
                [&out](errc e) { out.errors.push_back(e); });
    });
  }

  void advance(duration d) {
    time.advance(d);
    run();
  }
};

}  // namespace lifeline::guards::testing
