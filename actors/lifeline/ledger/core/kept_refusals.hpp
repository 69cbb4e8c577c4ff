#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lifeline/ledger/core/transfer_batch.hpp"

namespace lifeline::ledger {

/// The refused items of a batch, with reasons, as a text kept under its key; committed items can be
/// looked up. One line each: its place, the code, the sentence.
std::string write_refusals(const std::vector<batch_item>& items);
/// Empty if the text was not made by `write_refusals`.
std::optional<std::vector<item_refusal>> read_refusals(std::string_view text);

}  // namespace lifeline::ledger
