#pragma once

#include <string_view>

namespace bank::node {

/// The program's version, as the build knows it.
extern const std::string_view version;

}  // namespace bank::node
