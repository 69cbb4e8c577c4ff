#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lifeline/ledger/values/uuid.hpp"
#include "lifeline/time/clock.hpp"

// Writes JSON to the end of a string. Text must be UTF-8.

namespace bank::json {

void append_string(std::string& out, std::string_view text);
void append_integer(std::string& out, std::int64_t value);
/// The shortest text that is read as the same number; null for one that JSON can't express.
void append_real(std::string& out, double value);
/// In quotes.
void append_uuid(std::string& out, const lifeline::ledger::uuid& id);
/// RFC 3339 in UTC with milliseconds, in quotes.
void append_time(std::string& out, lifeline::wall_time t);

}  // namespace bank::json
