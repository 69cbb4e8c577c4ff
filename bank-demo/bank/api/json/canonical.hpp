#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace bank::api {

/// The value as text without white space, members ordered by name: equal values give equal texts.
void append_canonical(std::string& out, const boost::json::value& v);
void append_canonical(std::string& out, const boost::json::object& o);

/// SHA-256, in hexadecimal, of a route and the canonical body of its request.
std::string request_digest(std::string_view route, const boost::json::object& body);

}  // namespace bank::api
