#pragma once

#include "bank/storage/postgres/session.hpp"
#include "bank/storage/rules/verify_source.hpp"

namespace bank::storage {

/// The ledger that `s` is connected to; `s` outlives it. For use inside one transaction.
verify_source postgres_verify_source(postgres_session& s);

}  // namespace bank::storage
