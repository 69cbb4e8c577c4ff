#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lifeline/ledger/batch.hpp"
#include "lifeline/ledger/core/id_deriver.hpp"
#include "lifeline/ledger/ledger_reader.hpp"

namespace lifeline::ledger {

/// Why the store can be read but not written.
struct write_obstacle {
  std::string cause;  ///< "the disk is full"
  std::string where;  ///< the file or server

  friend bool operator==(const write_obstacle&, const write_obstacle&) = default;
};

/// The durable ledger as its journal uses it: it can also be written. One commit at a time. A
/// commit never ends early; the other calls end with their context, as a reader's do.
class journal_store : public ledger_reader {
 public:
  /// Raises the epoch on a separate connection, after every commit under an older one: waits for it
  /// or fences it off. Returns the new epoch. Afterwards the answer of `find_batch` is final.
  /// Called at each start of the journal and to resolve an unknown commit.
  virtual result<std::uint64_t> fence(const context& ctx) = 0;

  /// Applies the batch in one transaction. Computes balances from what was applied, and opens a
  /// currency's world account with the first account in it. The batch's time is its clock's, but
  /// not before the last committed time or the end of the closed past.
  virtual commit_result commit(const batch& b) = 0;

  /// A batch as committed; empty if it was not.
  virtual result<std::optional<committed_batch>> find_batch(const context& ctx, const batch& b) = 0;

  /// The time of the last batch.
  virtual result<wall_time> last_time(const context& ctx) = 0;
  /// Deletes keys stored before a time, a few at once, so that commits continue meanwhile; returns
  /// their number. Keys deleted before the context ended stay deleted.
  virtual result<std::uint64_t> forget_keys(const context& ctx, wall_time before) = 0;
  /// Deletes a key if it belongs to `object`; false if it does not.
  virtual result<bool> forget_key(const context& ctx, const std::string& caller,
                                  const std::string& key, const uuid& object) = 0;
  /// The secret of the ledger's derived identifiers; never changes.
  virtual result<ledger_secret> secret(const context& ctx) = 0;

  /// Whether the store can be used now: a failure if it can't be read, an obstacle if it can't be
  /// written. Cheap; only after a failed commit does it perform a write, which changes nothing.
  virtual result<std::optional<write_obstacle>> find_obstacle(const context& ctx) = 0;
};

}  // namespace lifeline::ledger
