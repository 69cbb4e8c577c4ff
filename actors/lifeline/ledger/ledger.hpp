#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lifeline/actor/runtime.hpp"
#include "lifeline/bus/event_bus.hpp"
#include "lifeline/ledger/id_deriver.hpp"
#include "lifeline/ledger/ledger_store.hpp"
#include "lifeline/ledger/messages.hpp"
#include "lifeline/supervision/supervisor.hpp"

namespace lifeline {
class loss;
class metrics;
class tracer;
}  // namespace lifeline

namespace lifeline::ledger {

struct ledger_options {
  std::size_t processors = 16;
  std::size_t group_processors = 4;
  std::size_t directory_shards = 64;
  std::size_t in_flight_per_processor = 4'096;  ///< transfers; more are refused as overloaded
  std::size_t groups_per_processor = 64;        ///< the same of groups of transfers
  std::size_t journal_queue = 65'536;           ///< entries waiting for a commit
  std::size_t batch_limit = 8'192;              ///< entries in one commit
  std::size_t resident_accounts = 100'000;      ///< above it, idle accounts are put to rest
  duration rest_after = std::chrono::minutes(5);
  duration commit_timeout = std::chrono::seconds(5);
  /// Where the journal publishes a `ledger_event` for each committed entry, under its sequence;
  /// none: nowhere. At its start it goes on behind what was published before.
  topic events{};
  std::size_t events_again = 4'096;  ///< of earlier lives: entries whose events are published again
  metrics* measures = nullptr;       ///< where it counts; outlives it
  const tracer* traces = nullptr;    ///< decides which commits are traced; outlives it
};

/// The ledger: journal, directory, accounts and transaction processors, over one store; and the
/// door to them, which goes on working when they are started again. Two ways to run it:
///
/// - `start` runs them under a supervisor of the ledger's own;
/// - who has a supervision tree makes a ledger, and adds its `children` to the tree.
///
/// An actor that fails is started again with those that can't do without it: the journal with all,
/// any other with all but the journal. Whoever waited for an answer hears `broken_promise`, or
/// `unreachable` if nobody had begun to work on it. Everything but making and ending it is safe
/// from any thread.
class ledger {
 public:
  /// Called once, on any thread, when the ledger can't go on: another journal has taken over the
  /// store (`fenced`); or, after `start`, its actors failed too often.
  using on_lost = std::function<void(std::string why)>;

  /// Runs under a supervisor of its own; blocks until the journal is ready and all can be asked.
  /// The store and the runtime must outlive the ledger.
  static result<std::unique_ptr<ledger>> start(runtime& rt, ledger_store& store,
                                               const ledger_options& options, on_lost lost);

  /// Runs nothing yet. The store and the runtime must outlive it.
  ledger(runtime& rt, ledger_store& store, const ledger_options& options, on_lost lost);
  ledger(const ledger&) = delete;
  ledger& operator=(const ledger&) = delete;
  /// Ends the actors that `start` has started: work in flight is dropped unanswered unless `stop`
  /// came first. Those in another's tree must be ending by now; it waits for them.
  ~ledger();

  /// What a supervisor with these options, whose strategy must be rest_for_one, needs to run the
  /// ledger: its journal and, after it, a supervisor of all the rest. To be asked for once.
  std::vector<child_spec> children(const supervisor_options& above) const;
  /// Why the journal could not take over the store at the first start, if that has failed.
  std::optional<failure> start_failure() const;

  /// Who takes `submit_transfer` for this id; null while it is being started again.
  caf::actor processor_of(const transfer_id& id) const;
  /// Who takes `submit_group` for this group's id; null while it is being started again.
  caf::actor group_processor_of(const uuid& group) const;
  /// Who takes `open_account` for this id; null while it is being started again.
  caf::actor shard_of(const account_id& id) const;
  /// Who takes `open_order`, `end_order`, `advance_order` and `claim_key`; null while it is being
  /// started again.
  caf::actor order_desk() const;
  /// Derives the ledger's identifiers. To be asked once the journal has been ready.
  const id_deriver& ids() const noexcept;
  /// The journal, for who observes it.
  const child_ref& journal() const noexcept;

  /// Transfers and openings accepted and not yet answered, and entries not yet durable.
  std::size_t in_flight() const noexcept;
  /// The part of these that waits for its commit, or is in one.
  std::size_t waiting_entries() const noexcept;
  /// What became of the messages that carry a context.
  const loss& losses() const noexcept;
  /// The same and what runs in the store for the ledger, in words for whoever has to give it up.
  std::vector<std::string> under_way() const;
  /// Can a write succeed now? False while actors are being started again, and while the outcome of
  /// a commit is being found out.
  bool healthy() const;
  /// Empty if it is, else why not.
  std::string unhealthy() const;

  /// Refuses new work, waits for what is in flight to become durable and answered, until `ctx` is
  /// done; false if something was still in flight then. Blocks; call it once, from outside the
  /// actors.
  bool stop(const context& ctx);
  /// For those who can't wait: drops `held` once all that was accepted has been answered.
  void when_answered(std::shared_ptr<const void> held) const;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace lifeline::ledger
