#pragma once

#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>
#include <string_view>

#include "bank/api/http/problem.hpp"

namespace bank::api {

inline constexpr std::size_t json_depth = 32;

/// Reads a body that must be one JSON object. Strict: no member twice, nothing after it, valid
/// UTF-8, nested at most `json_depth` deep. The object lives in `memory`.
result<boost::json::object> parse_object(std::string_view text, boost::json::storage_ptr memory);

}  // namespace bank::api
