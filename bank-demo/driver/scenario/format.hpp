#pragma once

#include <string>

#include "bank/json/shape.hpp"

namespace bank::driver {

/// The keys of a scenario file with their descriptions and allowed values.
const json::shape& scenario_shape();

/// The text of the JSON Schema that is shipped with the scenarios.
std::string scenario_schema();

}  // namespace bank::driver
