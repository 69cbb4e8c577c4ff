#pragma once

#include <string>
#include <string_view>

#include "bank/driver/problem.hpp"

namespace bank::driver {

/// Two reports of runs under load (report.json), side by side; what differs by more than runs of
/// the same usually do is marked as better or WORSE.
result<std::string> compare_reports(std::string_view before, std::string_view after);

}  // namespace bank::driver
