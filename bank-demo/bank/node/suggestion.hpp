#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bank::node {

/// The known name nearest to `name` (Levenshtein distance, ignoring case), if the distance is at
/// most a third of the name's length without leading dashes, or 2.
std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> known);

/// `; did you mean "port"?`, or empty if no name is near.
std::string did_you_mean(std::string_view name, std::span<const std::string> known);

}  // namespace bank::node
