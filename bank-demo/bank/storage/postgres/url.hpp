#pragma once

#include <string>
#include <string_view>

namespace bank::storage {

/// Why a PostgreSQL connection URL is invalid, as far as can be checked without a connection; the
/// text follows the option's name and is empty if the URL is valid. It quotes nothing that may be a
/// password.
std::string wrong_postgres_url(std::string_view url);

}  // namespace bank::storage
