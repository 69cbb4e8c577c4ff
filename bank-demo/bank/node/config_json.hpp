#pragma once

#include <string>

#include "bank/node/configuration.hpp"

namespace bank::node {

/// The configuration as JSON in the form of the file. A secret is shown as `***` if it is set.
std::string config_json(const configuration& c);

}  // namespace bank::node
