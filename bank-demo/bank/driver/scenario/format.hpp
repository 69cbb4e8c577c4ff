#pragma once

#include "bank/driver/scenario/shape.hpp"

namespace bank::driver {

/// What may stand in a scenario file: its keys, what each says, and what its value must be.
const shape& scenario_shape();

/// The JSON Schema that is shipped beside the scenarios, as text.
std::string scenario_schema();

}  // namespace bank::driver
