#pragma once

#include <string>
#include <string_view>

#include "driver/problem.hpp"

namespace bank::driver {

/// Compares two reports of load runs (report.json). Differences larger than usual between equal
/// runs are marked as better or WORSE.
result<std::string> compare_reports(std::string_view before, std::string_view after);

}  // namespace bank::driver
