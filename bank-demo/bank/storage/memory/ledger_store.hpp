#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>

#include "bank/storage/ledger_store.hpp"
#include "bank/storage/memory/books.hpp"

namespace bank::storage {

using lifeline::context;
using lifeline::ledger::result;

/// Faults of a commit.
enum class commit_fault : std::uint8_t {
  unavailable,         ///< nothing is stored
  violated,            ///< nothing is stored
  fenced,              ///< nothing is stored
  unknown_and_lost,    ///< answers `unknown`; nothing is stored
  unknown_but_stored,  ///< answers `unknown`; the batch is stored
  unknown_then_late,   ///< answers `unknown`; the batch is stored only at the next `fence`
};

/// The ledger in memory, for tests and simulation: the interface's exact semantics, with faults on
/// demand. All members may be called from any thread; no lock is held while a hook runs.
class memory_ledger_store : public ledger_store {
 public:
  static constexpr std::size_t forever = std::numeric_limits<std::size_t>::max();
  using hook = std::function<void(const lifeline::ledger::batch&)>;

  memory_ledger_store() = default;
  /// The default secret is all zeros, so that every simulation run derives the same ids.
  explicit memory_ledger_store(const lifeline::ledger::ledger_secret& secret) : secret_(secret) {}

  result<std::uint64_t> fence(const context& ctx) override;
  lifeline::ledger::commit_result commit(const lifeline::ledger::batch& b) override;
  result<std::optional<lifeline::ledger::committed_batch>> find_batch(
      const context& ctx, const lifeline::ledger::batch& b) override;
  result<lifeline::wall_time> close_past(const context& ctx, lifeline::wall_time before,
                                         lifeline::wall_time clock) override;
  result<lifeline::wall_time> last_time(const context& ctx) override;
  result<std::optional<lifeline::ledger::account_record>> find_account(
      const context& ctx, lifeline::ledger::account_id id) override;
  result<std::optional<lifeline::ledger::transfer_record>> find_transfer(
      const context& ctx, lifeline::ledger::transfer_id id) override;
  result<std::optional<lifeline::ledger::key_record>> find_key(const context& ctx,
                                                               const std::string& caller,
                                                               const std::string& key) override;
  result<std::uint64_t> forget_keys(const context& ctx, lifeline::wall_time before) override;
  result<bool> forget_key(const context& ctx, const std::string& caller, const std::string& key,
                          const lifeline::ledger::uuid& object) override;
  result<lifeline::ledger::ledger_secret> secret(const context& ctx) override;
  result<lifeline::ledger::page<lifeline::ledger::account_record>> list_accounts(
      const context& ctx, const lifeline::ledger::account_filter& filter) override;
  result<lifeline::ledger::page<lifeline::ledger::history_row>> history(
      const context& ctx, lifeline::ledger::account_id id, std::uint64_t before,
      std::size_t limit) override;
  result<lifeline::ledger::due_list> due(const context& ctx, lifeline::wall_time now,
                                         const lifeline::ledger::due_place& after,
                                         std::size_t limit) override;
  result<std::vector<lifeline::ledger::committed_entry>> entries(const context& ctx,
                                                                 std::uint64_t after,
                                                                 std::size_t limit) override;
  result<lifeline::ledger::page<lifeline::ledger::transfer_record>> list_transfers(
      const context& ctx, const lifeline::ledger::transfer_filter& filter) override;
  result<std::optional<lifeline::ledger::dated_balance>> balance_at(
      const context& ctx, lifeline::ledger::account_id id, lifeline::wall_time at) override;
  result<lifeline::ledger::statement> account_statement(const context& ctx,
                                                        lifeline::ledger::account_id id,
                                                        lifeline::wall_time from,
                                                        lifeline::wall_time to,
                                                        std::size_t limit) override;
  result<std::vector<lifeline::ledger::owner_summary>> list_owners(
      const context& ctx, const std::string& text, const std::optional<std::string>& only,
      std::size_t limit) override;
  result<std::optional<lifeline::ledger::standing_order>> find_order(
      const context& ctx, lifeline::ledger::standing_order_id id) override;
  result<lifeline::ledger::page<lifeline::ledger::standing_order>> list_orders(
      const context& ctx, const lifeline::ledger::order_filter& filter) override;
  result<lifeline::ledger::order_list> due_orders(const context& ctx, lifeline::wall_time now,
                                                  const lifeline::ledger::due_place& after,
                                                  std::size_t limit) override;
  result<lifeline::ledger::money_totals> totals(const context& ctx) override;
  result<std::uint64_t> last_sequence(const context& ctx) override;
  /// The obstacle of `obstruct`; empty before.
  result<std::optional<lifeline::ledger::write_obstacle>> find_obstacle(
      const context& ctx) override;

  /// Queues a fault for the next commit without one.
  void fail_next_commit(commit_fault how);
  /// The next `times` reads fail with `store_unavailable`; 0 ends the fault. `fence` and
  /// `find_batch` are not reads here.
  void fail_reads(std::size_t times = forever);
  /// The same for `fence`, `find_batch` and `last_time`.
  void fail_fences(std::size_t times = forever);
  /// Every commit fails as unavailable, and `find_obstacle` gives the reason.
  void obstruct(lifeline::ledger::write_obstacle why);
  /// Ends all faults.
  void heal();
  /// `begun` runs in each commit before the check of the epoch, `ended` after it was applied and
  /// before it returns. Either may block, be empty, or call the store.
  void on_commit(hook begun, hook ended = {});
  /// Batches stored so far.
  std::size_t commits() const;

 private:
  template <class F>
  using found_by = result<std::invoke_result_t<F&, memory_books&>>;

  template <class F>
  found_by<F> read(operation what, const context& ctx, F&& f);
  template <class F>
  found_by<F> look(const context& ctx, std::size_t& failing, F&& f);
  lifeline::ledger::commit_result store(const lifeline::ledger::batch& b);
  lifeline::ledger::commit_result apply(const lifeline::ledger::batch& b);
  lifeline::ledger::commit_result fail(commit_fault how, const lifeline::ledger::batch& b);

  mutable std::mutex mutex_;
  memory_books books_;
  const lifeline::ledger::ledger_secret secret_{};
  std::size_t commits_ = 0;
  std::deque<commit_fault> commit_faults_;
  std::vector<lifeline::ledger::batch> late_;
  std::size_t failing_reads_ = 0;
  std::size_t failing_fences_ = 0;
  std::optional<lifeline::ledger::write_obstacle> obstacle_;
  hook begun_;
  hook ended_;
};

}  // namespace bank::storage
