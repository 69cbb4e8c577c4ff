#pragma once

#include <string>
#include <string_view>

namespace bank::storage {

/// What is wrong with the address of a PostgreSQL database, as far as that shows without a
/// connection: the rest of a sentence that names it; empty if nothing is. It quotes no part of the
/// address that may be a password.
std::string wrong_postgres_url(std::string_view url);

}  // namespace bank::storage
