// Five workers search; the first answer cancels the rest. The workers' lives are tied to the scope
// of the search, so cancelling the scope ends them; no list of workers is needed.

#include <atomic>
#include <cstdio>
#include <optional>
#include <string>

#include "lifeline/actor/ask.hpp"
#include "lifeline/actor/linked.hpp"
#include "lifeline/actor/message.hpp"
#include "lifeline/actor/reply.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/actor/shed.hpp"

using namespace lifeline;

struct search {
  int worker = 0;
};
LIFELINE_MESSAGE(search);

struct found {
  int worker = 0;
};
LIFELINE_MESSAGE(found);

#if LIFELINE_CAF_1
CAF_BEGIN_TYPE_ID_BLOCK(example, caf::id_block::lifeline::end)
CAF_ADD_TYPE_ID(example, (search))
CAF_ADD_TYPE_ID(example, (found))
CAF_END_TYPE_ID_BLOCK(example)
#endif

struct world {
  loss losses;
  std::atomic<int> cancelled{0};
  std::atomic<int> ended{0};
};

/// Only the second worker finds anything; the others search until they are cancelled.
struct worker_state {
  reply searching;
};
caf::behavior worker(caf::stateful_actor<worker_state>* self, world* w) {
  return {shed(self, w->losses, [=](const context&, const search& m) -> caf::result<found> {
    if (m.worker == 2) return found{m.worker};
    state_of(self).searching = reply(self);
    return answers_later<found>();
  })};
}

struct client_state {
  std::optional<cancel_scope> search;
};
caf::behavior client(caf::stateful_actor<client_state>* self, context ctx, world* w) {
  auto& scope = state_of(self).search;
  scope.emplace(with_cancel(ctx));
  std::puts("5 workers search");
  for (int i = 1; i <= 5; ++i) {
    const caf::actor one = spawn_linked(self, scope->ctx(), worker, w);
    one->attach_functor([w](const caf::error& why) {
      if (from_caf(why) == errc::canceled) ++w->cancelled;
      ++w->ended;
      w->ended.notify_all();
    });
    ask(self, scope->ctx(), one, search{i})
        .then(
            [=](const found& f) {
              std::printf("worker %d found it\n", f.worker);
              exit_first(self->current_sender(),
                         caf::exit_reason::user_shutdown);  // this worker is done
              state_of(self).search->cancel();
              self->quit();
            },
            [](errc) {});
  }
  return {[](const found&) {}};
}

int main() {
#if LIFELINE_CAF_1
  caf::init_global_meta_objects<caf::id_block::example>();
#endif
  world w;
  runtime rt;
  rt.system().spawn(client, rt.background(), &w);
  for (int n = w.ended; n != 5; n = w.ended) w.ended.wait(n);
  std::printf("%d workers were told to stop: %s\n", w.cancelled.load(),
              std::string(to_string(errc::canceled)).c_str());
}
