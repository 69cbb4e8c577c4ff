#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bank/storage/sqlite/connection.hpp"
#include "bank/storage/sqlite/statement.hpp"

namespace bank::storage {

/// Deletes old idempotency keys over a connection of its own, used by one thread at a time. It
/// searches without the write lock and takes the lock for a few rows at a time. After each time it
/// pauses four times as long as it held the lock, so that commits are hardly delayed. Members throw
/// SQLite::Exception.
class sqlite_key_sweeper {
 public:
  explicit sqlite_key_sweeper(const std::filesystem::path& file);

  sqlite_connection& connection() noexcept { return connection_; }

  /// Returns the number of deleted keys; stops when the context ends.
  std::uint64_t forget(const context& ctx, lifeline::wall_time before);
  /// False if the key refers to another object.
  bool forget_one(const std::string& caller, const std::string& key,
                  const lifeline::ledger::uuid& object);

 private:
  using place = std::pair<std::string, std::string>;  // caller, key

  /// The old keys among the next ones; advances `from` and sets `more` if others follow.
  std::vector<place> look(place& from, lifeline::wall_time before, bool& more);
  void drop(const place* first, const place* last);

  sqlite_connection connection_;
  sqlite_statement look_;
  sqlite_statement drop_;
  sqlite_statement drop_one_;
};

}  // namespace bank::storage
