#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lifeline/ledger/ledger_reader.hpp"

/// What a list's `text` is compared with, as every store does it.
namespace bank::storage {

/// Is `part` in `text`, ignoring the case of ASCII letters?
bool holds_text(std::string_view text, std::string_view part) noexcept;
/// The lower-case hexadecimal digits of `text` if it can be the start of an identifier, with or
/// without dashes.
std::optional<std::string> id_prefix(std::string_view text);
bool begins_with(const lifeline::ledger::uuid& id, std::string_view digits);

bool matches(const lifeline::ledger::account_record& a, std::string_view text);
bool matches(const lifeline::ledger::transfer_record& t, std::string_view text);

/// The text as a pattern of SQL's LIKE … ESCAPE '\'.
std::string like_pattern(std::string_view text);

}  // namespace bank::storage
