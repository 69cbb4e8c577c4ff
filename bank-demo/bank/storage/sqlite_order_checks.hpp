#pragma once

#include <SQLiteCpp/Database.h>

#include "bank/storage/ledger_replay.hpp"

namespace bank::storage {

/// Each standing order made each occurrence of its schedule once, in order, up to the next one, and
/// each of these is the scheduled transfer that it should be. Throws SQLite::Exception.
finding check_orders(SQLite::Database& db);

}  // namespace bank::storage
