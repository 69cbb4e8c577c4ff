#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lifeline/time/clock.hpp"

namespace spdlog {
class formatter;
}

namespace bank::node {

/// A log line as a JSON object. Each `name=value` at the message's end becomes a member of its own,
/// such as `request_id`.
std::string json_line(lifeline::wall_time at, std::string_view level, std::string_view message);

std::unique_ptr<spdlog::formatter> json_log_formatter();

}  // namespace bank::node
