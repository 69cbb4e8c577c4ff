#pragma once

#include <SQLiteCpp/Database.h>

#include "bank/storage/rules/replay.hpp"

namespace bank::storage {

/// Checks that each standing order made each occurrence of its schedule once, in order, up to the
/// next one, each as the right scheduled transfer. Throws SQLite::Exception.
finding check_orders(SQLite::Database& db);

}  // namespace bank::storage
