#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bank/storage/sqlite/rows.hpp"
#include "bank/storage/sqlite/statement.hpp"

namespace bank::storage {

/// `SELECT`s of ended and of open transfers, for `transfer_of`.
std::string select_transfer(std::string_view more_columns, std::string_view where);
std::string select_open_transfer(std::string_view where);

/// Finds a transfer in any state, over one connection.
class sqlite_transfer_finder {
 public:
  explicit sqlite_transfer_finder(SQLite::Database& db);

  std::optional<lifeline::ledger::transfer_record> find(const lifeline::ledger::transfer_id& id);
  /// Only if it has not ended.
  std::optional<lifeline::ledger::transfer_record> find_open(
      const lifeline::ledger::transfer_id& id);

 private:
  sqlite_statement ended_;
  sqlite_statement open_;
};

}  // namespace bank::storage
