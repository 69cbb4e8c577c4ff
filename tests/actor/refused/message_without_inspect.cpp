#include "lifeline/actor/ask.hpp"

struct question {
  int number = 0;
};

void refused(caf::event_based_actor* self, const lifeline::context& ctx, const caf::actor& to) {
  (void)ask(self, ctx, to, question{1});
}
