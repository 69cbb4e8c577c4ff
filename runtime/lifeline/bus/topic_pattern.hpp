#pragma once

#include <string_view>

namespace lifeline {

/// True if a topic's name matches the pattern. Names are words between dots (`orders.eu.paid`). In
/// a pattern, `*` matches one word and `**` any number of words, also none.
bool topic_matches(std::string_view pattern, std::string_view name) noexcept;

}  // namespace lifeline
