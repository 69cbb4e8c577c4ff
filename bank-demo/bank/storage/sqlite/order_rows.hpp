#pragma once

#include <string>
#include <string_view>

#include "bank/storage/sqlite/statement.hpp"
#include "lifeline/ledger/values/standing_order.hpp"

namespace bank::storage {

/// `SELECT` of standing orders `o` with the accounts `f` (from) and `g` (to), for `order_of`.
std::string select_order(std::string_view where, std::string_view more_columns = "");
/// Throws SQLite::Exception for an unknown text: the file is damaged.
lifeline::ledger::standing_order order_of(const sqlite_statement::rows& row);

}  // namespace bank::storage
