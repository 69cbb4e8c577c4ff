#pragma once

#include <span>
#include <string_view>

#include "bank/node/option.hpp"

namespace bank::node {

/// Every option, in the order of the help text. The only list of them.
std::span<const option> option_table();
const option* find_option(std::string_view path) noexcept;

}  // namespace bank::node
