#pragma once

#include "bank/storage/postgres/database.hpp"
#include "bank/storage/postgres/view.hpp"
#include "lifeline/ledger/core/batch_hash.hpp"

namespace bank::storage {

/// Commits batches, one at a time, each in a SERIALIZABLE transaction under the lock of the
/// ledger's row. The rules that all stores share check the batch against accounts in memory. One
/// statement writes all direct transfers and each account once; each further table takes one more
/// statement. The schema's checks and keys back these rules.
class postgres_commit_writer {
 public:
  /// Has its own connection to the server of `database`.
  explicit postgres_commit_writer(const postgres_database& database)
      : limit_(database.options().commit_timeout),
        pool_(database.options().url, 1, database.back_off()) {}

  /// Retries serialization failures and deadlocks within its time limit.
  lifeline::ledger::commit_result commit(const lifeline::ledger::batch& b);
  /// Closes the past before `before` with one statement, which waits for a commit of another
  /// process. Returns why it failed.
  std::optional<lifeline::ledger::failure> close_past(const lifeline::context& ctx,
                                                      lifeline::wall_time before);

 private:
  using commit_error = lifeline::ledger::commit_error;
  /// Empty: retry it.
  using attempted = std::optional<lifeline::ledger::commit_result>;

  attempted attempt(const lifeline::context& ctx, postgres_pool::lease& lease,
                    const lifeline::ledger::batch& b);
  attempted apply(const lifeline::context& ctx, postgres_session& s,
                  const lifeline::ledger::batch& b);
  static attempted failed(const postgres_error& e) noexcept;
  static attempted failed_to_commit(const postgres_error& e) noexcept;

  std::chrono::milliseconds limit_;
  postgres_pool pool_;
  postgres_view view_;
  lifeline::ledger::batch_hasher hasher_;
  lifeline::ledger::chain_hash head_{};  ///< hash of the last batch
  std::uint64_t epoch_ = 0;              ///< epoch of the view's accounts
};

}  // namespace bank::storage
