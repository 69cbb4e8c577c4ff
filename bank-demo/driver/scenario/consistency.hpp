#pragma once

#include "bank/json/document.hpp"
#include "driver/problem.hpp"

namespace bank::driver {

/// Checks that the parts of a scenario fit together and that the driver can do what it asks for.
/// The document's shape must be checked before.
maybe_problem check_consistency(const json::value& document, const std::string& file);

}  // namespace bank::driver
