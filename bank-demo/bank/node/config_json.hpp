#pragma once

#include <string>

#include "bank/node/configuration.hpp"

namespace bank::node {

/// Everything that is set, as a JSON object of the form that the file has; of a secret only whether
/// there is one.
std::string config_json(const configuration& c);

}  // namespace bank::node
