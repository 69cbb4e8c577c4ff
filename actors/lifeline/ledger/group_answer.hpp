#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lifeline/ledger/group_saga.hpp"

namespace lifeline::ledger {

/// Which items of a group were refused and why, as a text that is kept under its key: what was
/// committed can be looked up. One line each: its place, the code, the sentence.
std::string write_refusals(const std::vector<group_item>& items);
/// Nothing if the text is none of `write_refusals`.
std::optional<std::vector<group_refusal>> read_refusals(std::string_view text);

}  // namespace lifeline::ledger
