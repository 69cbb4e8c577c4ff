#pragma once

#include "bank/driver/problem.hpp"
#include "bank/driver/scenario/located_json.hpp"

namespace bank::driver {

/// What a shape can't say of a scenario file: that its parts fit together, and that what it asks
/// for can be done. The document's shape must have been checked.
maybe_problem check_consistency(const located_value& document, const std::string& file);

}  // namespace bank::driver
