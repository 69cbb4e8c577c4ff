#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>

#include "lifeline/actor/blocking.hpp"
#include "lifeline/context/context.hpp"
#include "lifeline/ledger/ledger.hpp"
#include "lifeline/ledger/ledger_store.hpp"
#include "lifeline/ledger/work_counter.hpp"
#include "lifeline/observe/loss.hpp"

namespace lifeline::ledger::detail {

/// What the ledger's actors share. Outlives them.
struct environment {
  environment(runtime& r, ledger_store& s, const ledger_options& o, ledger::on_lost lost_handler)
      : rt(r), store(s), options(o), on_lost(std::move(lost_handler)) {}

  runtime& rt;
  ledger_store& store;
  const ledger_options options;

  work_counter requests;  ///< transfers and openings not yet answered
  work_counter entries;   ///< appended and without a last verdict
  work_counter actors;    ///< alive
  work_counter jobs;      ///< behind the blocking door
  std::atomic<bool> healthy{true};
  std::atomic<bool> stopping{false};
  loss losses;

  std::once_flag lost_once{};
  ledger::on_lost on_lost;

  /// The ledger can't go on.
  void lost(const std::string& why) {
    if (stopping.load()) return;
    std::call_once(lost_once, [&] { on_lost(why); });
  }
};

/// Counts a new actor as alive until it has ended, and reports one that ends of itself before the
/// ledger stops. Called by the spawner: the actor itself may not run before the ledger ends.
inline void keep_count(const caf::actor& a, environment& env, const char* what) {
  auto alive = std::make_shared<work_counter::token>(env.actors.begin());
  caf::actor_cast<caf::abstract_actor*>(a)->attach_functor(
      [&env, what, alive](const caf::error& why) {
        if (why && why != caf::exit_reason::normal)
          env.lost(std::string("the ledger's ") + what + " ended unexpectedly");
        *alive = {};
      });
}

/// Runs `f` behind the door and tells `self` what it gives; if the lane is full, `otherwise`.
template <class F, class Message>
void run_counted(environment& env, lane l, caf::local_actor* self, F f, Message otherwise) {
  auto job = std::make_shared<work_counter::token>(env.jobs.begin());
  auto to = caf::actor_cast<caf::strong_actor_ptr>(self);
  if (!run_blocking(env.rt.blocking(), l, to, [f = std::move(f), job]() mutable { return f(); }))
    put(to, nullptr, caf::make_message_id(), self->context(), std::move(otherwise));
}

}  // namespace lifeline::ledger::detail
