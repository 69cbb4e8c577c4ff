#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lifeline/ledger/ledger_store.hpp"

/// What a list's `text` is compared with, as every store does it.
namespace bank::storage {

/// Is `part` in `text`? Letters of ASCII count the same in either case.
bool holds_text(std::string_view text, std::string_view part) noexcept;
/// The lower-case hexadecimal digits that an identifier begins with, if `text` can be the beginning
/// of one, with or without its dashes.
std::optional<std::string> id_prefix(std::string_view text);
bool begins_with(const lifeline::ledger::uuid& id, std::string_view digits);

bool matches(const lifeline::ledger::account_record& a, std::string_view text);
bool matches(const lifeline::ledger::transfer_record& t, std::string_view text);

/// The text as a pattern of SQL's LIKE … ESCAPE '\'.
std::string like_pattern(std::string_view text);

}  // namespace bank::storage
