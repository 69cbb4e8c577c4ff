#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "lifeline/actor/runtime.hpp"
#include "lifeline/ledger/ledger_store.hpp"
#include "lifeline/ledger/messages.hpp"

namespace lifeline::ledger {

struct ledger_options {
  std::size_t processors = 16;
  std::size_t directory_shards = 64;
  std::size_t in_flight_per_processor = 4'096;  ///< transfers; more are refused as overloaded
  std::size_t journal_queue = 65'536;           ///< entries waiting for a commit
  std::size_t batch_limit = 8'192;              ///< entries in one commit
  std::size_t resident_accounts = 100'000;      ///< above it, idle accounts are put to rest
  duration rest_after = std::chrono::minutes(5);
  duration commit_timeout = std::chrono::seconds(5);
};

/// The ledger's actors: journal, directory and transaction processors, over one store. Made by
/// `start`; everything else may be called from any thread.
class ledger {
 public:
  /// Called once, on any thread, when the ledger can't go on: another journal has taken over the
  /// store (`fenced`), or one of its actors died.
  using on_lost = std::function<void(std::string why)>;

  /// Starts the actors and raises the store's epoch; blocks until the journal is ready. The store
  /// and the runtime must outlive the ledger.
  static result<std::unique_ptr<ledger>> start(runtime& rt, ledger_store& store,
                                               const ledger_options& options, on_lost lost);
  ledger(const ledger&) = delete;
  ledger& operator=(const ledger&) = delete;
  /// Ends the actors after `stop`; without it, work in flight is dropped unanswered.
  ~ledger();

  /// Who takes `submit_transfer` for this id.
  const caf::actor& processor_of(const transfer_id& id) const noexcept;
  /// Who takes `open_account` for this id.
  const caf::actor& shard_of(const account_id& id) const noexcept;

  /// Transfers and openings accepted and not yet answered, and entries not yet durable.
  std::size_t in_flight() const noexcept;
  /// Can a write succeed now? False while the outcome of a commit is being found out.
  bool healthy() const noexcept;

  /// Refuses new work, waits for what is in flight to become durable and answered, until `ctx` is
  /// done; false if something was still in flight then. Blocks; call it once, from outside the
  /// actors.
  bool stop(const context& ctx);

 private:
  struct parts;
  explicit ledger(std::unique_ptr<parts> p);
  std::unique_ptr<parts> parts_;
};

}  // namespace lifeline::ledger
