#pragma once

#include <memory>

#include "bank/storage/postgres/database.hpp"
#include "lifeline/work/job_store.hpp"

namespace bank::storage {

/// Jobs in a database with this version's schema (`open_postgres`).
std::unique_ptr<lifeline::job_store> make_postgres_jobs(
    std::shared_ptr<postgres_database> database);

}  // namespace bank::storage
