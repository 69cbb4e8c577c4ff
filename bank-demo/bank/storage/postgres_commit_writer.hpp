#pragma once

#include "bank/storage/postgres_database.hpp"
#include "bank/storage/postgres_view.hpp"
#include "lifeline/ledger/batch_hash.hpp"

namespace bank::storage {

/// Commits batches, one at a time: a SERIALIZABLE transaction under the lock of the ledger's row.
/// The batch is held against the books in memory by the rules that all stores share; what it comes
/// to is written with one statement, however many entries it has, and each account once; what is no
/// direct transfer takes one more per table.
/// The schema's own checks and keys stand behind these rules.
class postgres_commit_writer {
 public:
  /// Connects beside `database`, to the same server.
  explicit postgres_commit_writer(const postgres_database& database)
      : limit_(database.options().commit_timeout),
        pool_(database.options().url, 1, database.back_off()) {}

  /// Repeats serialization failures and deadlocks as long as its time limit lets it.
  lifeline::ledger::commit_result commit(const lifeline::ledger::batch& b);
  /// Nothing before `before` is committed any more: one statement, which waits for a commit of
  /// another process. Gives why that could not be written.
  std::optional<lifeline::ledger::failure> close_past(const lifeline::context& ctx,
                                                      lifeline::wall_time before);

 private:
  using commit_error = lifeline::ledger::commit_error;
  /// Nothing: repeat it.
  using attempted = std::optional<lifeline::ledger::commit_result>;

  attempted attempt(const lifeline::context& ctx, postgres_pool::lease& lease,
                    const lifeline::ledger::batch& b);
  attempted apply(const lifeline::context& ctx, postgres_session& s,
                  const lifeline::ledger::batch& b);
  void write(postgres_session& s, const batch_draft& d, const lifeline::ledger::batch& b);
  static attempted failed(const postgres_error& e) noexcept;
  static attempted failed_to_commit(const postgres_error& e) noexcept;

  std::chrono::milliseconds limit_;
  postgres_pool pool_;
  postgres_view view_;
  lifeline::ledger::batch_hasher hasher_;
  lifeline::ledger::chain_hash head_{};  ///< of the last batch
  std::uint64_t epoch_ = 0;              ///< the view's accounts are of a batch under it
};

}  // namespace bank::storage
