#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lifeline/time/clock.hpp"

namespace spdlog {
class formatter;
}

namespace bank::node {

/// A line of the log as a JSON object. What stands at the message's end as `name=value` becomes
/// members of their own: `request_id`, say.
std::string json_line(lifeline::wall_time at, std::string_view level, std::string_view message);

std::unique_ptr<spdlog::formatter> json_log_formatter();

}  // namespace bank::node
