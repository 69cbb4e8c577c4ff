#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bank::node {

/// The name that was probably meant: the nearest by insertions, deletions and replacements of a
/// character, whatever their case, if it is near at all (a third of the name, and two at least).
std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> known);

/// `; did you mean "port"?`, or nothing if no name is near.
std::string did_you_mean(std::string_view name, std::span<const std::string> known);

}  // namespace bank::node
