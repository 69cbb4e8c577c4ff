#pragma once

#include "bank/storage/rules/ledger_time.hpp"
#include "bank/storage/sqlite/connection.hpp"
#include "bank/storage/sqlite/statement.hpp"
#include "bank/storage/sqlite/transfer_finder.hpp"
#include "lifeline/ledger/ledger_reader.hpp"

namespace bank::storage {

/// Queries of the ledger over one connection, used by one thread at a time. Members throw
/// SQLite::Exception; call them inside the connection's `run`.
class sqlite_reader {
 public:
  explicit sqlite_reader(const std::filesystem::path& file);

  sqlite_connection& connection() noexcept { return connection_; }

  std::optional<lifeline::ledger::account_record> account(lifeline::ledger::account_id id);
  std::optional<lifeline::ledger::transfer_record> transfer(lifeline::ledger::transfer_id id);
  std::optional<lifeline::ledger::key_record> key(const std::string& caller,
                                                  const std::string& key);
  lifeline::ledger::page<lifeline::ledger::account_record> accounts(
      const lifeline::ledger::account_filter& filter);
  lifeline::ledger::page<lifeline::ledger::history_row> history(lifeline::ledger::account_id id,
                                                                std::uint64_t before,
                                                                std::size_t limit);
  lifeline::ledger::due_list due(lifeline::wall_time now, const lifeline::ledger::due_place& after,
                                 std::size_t limit);
  std::vector<lifeline::ledger::committed_entry> entries(std::uint64_t after, std::size_t limit);
  lifeline::ledger::money_totals totals();
  std::uint64_t last_sequence();
  ledger_time time();

  // An account's history, step by step; inside the caller's transaction.
  struct history_head {
    std::int64_t account = 0;
    std::uint64_t newest = 0;
  };
  struct history_step {
    lifeline::ledger::history_row row;
    std::uint64_t previous = 0;
  };

  std::optional<history_head> find_head(lifeline::ledger::account_id id);
  /// 0 if there is none.
  std::uint64_t newest_below(const history_head& head, std::uint64_t before);
  history_step step(std::int64_t account, std::uint64_t sequence);

 private:
  /// Without the sums.
  lifeline::ledger::money_totals end_of_ledger();
  std::uint64_t entry_point(const history_head& head, std::uint64_t before);
  std::uint64_t previous(std::int64_t account, std::uint64_t sequence);

  sqlite_connection connection_;
  sqlite_statement account_;
  sqlite_transfer_finder transfers_;
  sqlite_statement key_;
  sqlite_statement head_, mark_, step_, previous_;
  sqlite_statement totals_, oldest_hold_, ledger_, time_;
  sqlite_statement due_, entries_;
};

}  // namespace bank::storage
