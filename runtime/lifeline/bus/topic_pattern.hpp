#pragma once

#include <string_view>

namespace lifeline {

/// Does a topic's name have this shape? Names are words between dots (`orders.eu.paid`); in a
/// pattern `*` stands for one word, and `**` for any number of them, also none.
bool topic_matches(std::string_view pattern, std::string_view name) noexcept;

}  // namespace lifeline
