#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bank/storage/sqlite_connection.hpp"
#include "bank/storage/sqlite_statement.hpp"

namespace bank::storage {

/// Deletes old idempotency keys over a connection of its own, used by one thread at a time. It
/// looks for them without the write lock, which it takes for a few rows at a time only; in between
/// it rests four times as long as it held it, so that commits hardly notice. Members throw
/// SQLite::Exception.
class sqlite_key_sweeper {
 public:
  explicit sqlite_key_sweeper(const std::filesystem::path& file);

  sqlite_connection& connection() noexcept { return connection_; }

  /// How many it deleted; ends with the context, having deleted some.
  std::uint64_t forget(const context& ctx, lifeline::wall_time before);
  /// False if the key does not lead there.
  bool forget_one(const std::string& caller, const std::string& key,
                  const lifeline::ledger::uuid& object);

 private:
  using place = std::pair<std::string, std::string>;  // caller, key

  /// The old ones among the next keys; `from` moves behind these, and `more` says if some follow.
  std::vector<place> look(place& from, lifeline::wall_time before, bool& more);
  void drop(const place* first, const place* last);

  sqlite_connection connection_;
  sqlite_statement look_;
  sqlite_statement drop_;
  sqlite_statement drop_one_;
};

}  // namespace bank::storage
