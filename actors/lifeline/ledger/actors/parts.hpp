#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lifeline/actor/blocking.hpp"
#include "lifeline/context/context.hpp"
#include "lifeline/ledger/actors/ledger_meters.hpp"
#include "lifeline/ledger/actors/work_counter.hpp"
#include "lifeline/ledger/journal_store.hpp"
#include "lifeline/ledger/ledger.hpp"
#include "lifeline/observe/loss.hpp"
#include "lifeline/supervision/child_ref.hpp"

namespace lifeline::ledger::detail {

/// Held by each actor of a group (directory, accounts, processors); ends with the last of them.
using generation = std::shared_ptr<const cancel_scope>;

/// Shared by the ledger's actors. Outlives them.
struct environment {
  environment(runtime& r, journal_store& s, const ledger_options& o, ledger::on_lost lost_handler)
      : rt(r),
        store(s),
        reader(s),
        options(o),
        shards(o.directory_shards),
        processors(o.processors),
        on_lost(std::move(lost_handler)) {
    if (options.measures != nullptr) meters.emplace(*options.measures, rt.time());
  }

  runtime& rt;
  journal_store& store;   ///< for the journal alone
  ledger_reader& reader;  ///< for all others
  const ledger_options options;
  std::optional<ledger_meters> meters{};

  // The actors that run now; null while they are down.
  const child_ref journal;
  const std::vector<child_ref> shards;
  const std::vector<child_ref> processors;
  const child_ref order_processor;

  work_counter requests;                      ///< transfers and openings not yet answered
  work_counter entries;                       ///< appended, without a final verdict
  work_counter actors;                        ///< alive
  std::array<work_counter, lane_count> jobs;  ///< behind the blocking door, by lane
  std::atomic<std::uint64_t> processors_started{0};
  std::atomic<wall_time> last_at{};   ///< the last committed time
  std::atomic<bool> healthy{true};    ///< no commit's outcome is being resolved
  std::atomic<bool> served{false};    ///< a journal has taken over the store
  std::atomic<bool> refusing{false};  ///< new requests are refused
  std::atomic<bool> closing{false};   ///< nothing is started any more
  loss losses;
  std::optional<id_deriver> ids{};  ///< set by the first journal, before anything else starts

  // Generation of the supervisor that runs the group.
  std::weak_ptr<const cancel_scope> group;
  std::optional<context> group_life;  ///< done when all actors of the last group have ended

  std::once_flag lost_once{};
  ledger::on_lost on_lost;
  std::mutex failure_mutex;
  std::optional<failure> start_failure;  ///< why the first journal could not start

  std::size_t shard_of(const account_id& id) const noexcept { return hash_of(id) % shards.size(); }
  /// The ledger's present time: never before the last committed time, even if the clock is set
  /// back.
  wall_time now() const { return std::max(rt.time().wall_now(), last_at.load()); }
  /// One of its meters; null without a registry.
  actor_meter* meter(actor_meter ledger_meters::*which) {
    return meters ? &((*meters).*which) : nullptr;
  }
  /// Counts a late answer that is dropped.
  void count_late(counter* ledger_meters::late_answers::*where) const {
    if (meters) (meters->late.*where)->add();
  }
  /// The ledger can't go on.
  void lost(const std::string& why) {
    if (closing.load()) return;
    std::call_once(lost_once, [&] { on_lost(why); });
  }
};

/// Counts a new actor as running until it has ended. Call it in the spawner: the actor itself may
/// not run before the ledger ends.
inline void keep_count(const caf::actor& a, environment& env, generation g = nullptr) {
  auto alive = std::make_shared<work_counter::token>(env.actors.begin());
  caf::actor_cast<caf::abstract_actor*>(a)->attach_functor([alive, g = std::move(g)]() mutable {
    g = nullptr;
    *alive = {};
  });
}

/// Runs `f` behind the door and sends its result to `self`; `otherwise` if the lane is full. `f`
/// must not throw: what became of a commit would not be known.
template <class F, class Message>
void run_counted(environment& env, lane l, caf::local_actor* self, F f, Message otherwise) {
  auto job = env.jobs[static_cast<std::size_t>(l)].begin();
  run_blocking(
      env.rt.blocking(), l, env.rt.background(),
      [job = std::move(job), f = std::move(f)](const context&) mutable noexcept { return f(); },
      [to = caf::actor_cast<caf::strong_actor_ptr>(self),
       otherwise = std::move(otherwise)](asked<Message> said) mutable {
        put(to, nullptr, caf::make_message_id(), nullptr,
            said ? std::move(*said) : std::move(otherwise));
      });
}

}  // namespace lifeline::ledger::detail
