#pragma once

#include <span>
#include <string_view>

#include "bank/node/option.hpp"

namespace bank::node {

/// Every option, in the order of the help text. The only list of them.
std::span<const option> option_table();
const option* find_option(std::string_view path) noexcept;
/// The option that earlier had this path, flag or variable; null: none.
const option* find_renamed(std::string_view name);

}  // namespace bank::node
