#pragma once

#include <SQLiteCpp/Database.h>

#include "lifeline/ledger/ledger_reader.hpp"

// Look-ups of standing orders over one connection, used by one thread at a time. They are rare, so
// their statements are prepared at each call. They throw SQLite::Exception.

namespace bank::storage {

std::optional<lifeline::ledger::standing_order> find_order(SQLite::Database& db,
                                                           lifeline::ledger::standing_order_id id);
lifeline::ledger::page<lifeline::ledger::standing_order> list_orders(
    SQLite::Database& db, const lifeline::ledger::order_filter& filter);
lifeline::ledger::order_list due_orders(SQLite::Database& db, lifeline::wall_time now,
                                        const lifeline::ledger::due_place& after,
                                        std::size_t limit);

}  // namespace bank::storage
