#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lifeline/actor/runtime.hpp"
#include "lifeline/bus/event_bus.hpp"
#include "lifeline/ledger/core/id_deriver.hpp"
#include "lifeline/ledger/journal_store.hpp"
#include "lifeline/ledger/messages/requests.hpp"
#include "lifeline/supervision/supervisor.hpp"

namespace lifeline {
class loss;
class metrics;
class tracer;
}  // namespace lifeline

namespace lifeline::ledger {

struct ledger_options {
  std::size_t processors = 16;
  std::size_t directory_shards = 64;
  /// Transfers; further ones are refused as overloaded.
  std::size_t in_flight_per_processor = 4'096;
  std::size_t batches_per_processor = 16;   ///< batches of transfers, likewise
  std::size_t journal_queue = 65'536;       ///< entries waiting for a commit
  std::size_t batch_limit = 8'192;          ///< entries in one commit
  std::size_t resident_accounts = 100'000;  ///< above it, idle accounts are put to rest
  duration rest_after = std::chrono::minutes(5);
  duration commit_timeout = std::chrono::seconds(5);
  /// The journal publishes a `ledger_event` here for each committed entry, under its sequence;
  /// none: no events. At its start it continues after what was published before.
  topic events{};
  std::size_t events_again = 4'096;  ///< entries of earlier runs whose events are published again
  metrics* measures = nullptr;       ///< registry of its metrics; outlives it
  const tracer* traces = nullptr;    ///< decides which commits are traced; outlives it
};

/// Whether a write can succeed now.
enum class ledger_state {
  healthy,
  starting,        ///< actors are being started or restarted
  commit_unknown,  ///< the outcome of a commit is being looked up
};
/// Why writes can't succeed; empty if healthy.
std::string_view reason_of(ledger_state s) noexcept;

/// The ledger: journal, directory, accounts and transaction processors over one store, and access
/// to them across restarts. Two ways to run it:
///
/// - `start` runs them under a supervisor of the ledger's own;
/// - an owner of a supervision tree constructs a ledger and adds its `children` to the tree.
///
/// A failed actor is restarted with those that depend on it: the journal with all, any other with
/// all but the journal. Waiting requests get `broken_promise`, or `unreachable` if no actor had
/// taken them. Safe from any thread, except construction and destruction.
class ledger {
 public:
  /// Called once, on any thread, when the ledger can't go on: another journal has taken over the
  /// store (`fenced`), or, after `start`, its actors exceeded the restart limit.
  using on_lost = std::function<void(std::string why)>;

  /// Starts it under a supervisor of its own. Blocks until the journal and all actors are ready.
  /// The store and the runtime must outlive the ledger.
  static result<std::unique_ptr<ledger>> start(runtime& rt, journal_store& store,
                                               const ledger_options& options, on_lost lost);

  /// Starts nothing yet. The store and the runtime must outlive it.
  ledger(runtime& rt, journal_store& store, const ledger_options& options, on_lost lost);
  ledger(const ledger&) = delete;
  ledger& operator=(const ledger&) = delete;
  /// Ends the actors started by `start`: work in flight is dropped unanswered unless `stop` was
  /// called before. Actors in another's tree must be ending already; it waits for them.
  ~ledger();

  /// The children that run the ledger, for a supervisor with these options and strategy
  /// rest_for_one: its journal and, after it, a supervisor of all the rest. Call it once.
  std::vector<child_spec> children(const supervisor_options& above) const;
  /// Why the journal could not take over the store at the first start, if that failed.
  std::optional<failure> start_failure() const;

  /// Takes `submit_transfer` and the like for this id, and `submit_batch` for a batch's; null while
  /// it is being restarted.
  caf::actor processor_of(const uuid& id) const;
  /// Takes `open_account` for this id; null while it is being restarted.
  caf::actor shard_of(const account_id& id) const;
  /// Takes `open_order`, `end_order`, `advance_order` and `claim_key`; null while it is being
  /// restarted.
  caf::actor order_processor() const;
  /// Derives the ledger's identifiers. Call it only after the journal was ready.
  const id_deriver& ids() const noexcept;
  /// The journal, for monitoring.
  const child_ref& journal() const noexcept;

  /// Transfers and openings accepted but not answered, and entries not durable yet.
  std::size_t in_flight() const noexcept;
  /// The entries among these that wait for their commit or are in one.
  std::size_t waiting_entries() const noexcept;
  /// Counts of the messages that carry a context.
  const loss& losses() const noexcept;
  /// The same as texts, and the ledger's calls in the store; for the log when it is abandoned.
  std::vector<std::string> under_way() const;
  ledger_state state() const;
  /// Whether a write can succeed now.
  bool healthy() const { return state() == ledger_state::healthy; }

  /// Refuses new requests, and blocks until those in flight are durable and answered, or `ctx` is
  /// done; false if something was still in flight then. Call it once, from outside the actors.
  bool stop(const context& ctx);
  /// Without blocking: drops `held` once all accepted requests have been answered.
  void when_answered(std::shared_ptr<const void> held) const;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace lifeline::ledger
