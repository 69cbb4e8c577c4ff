#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>

namespace bank::api {

/// Where an OpenTelemetry collector takes spans over HTTP.
struct otlp_endpoint {
  std::string host;
  std::string port;
  std::string path;
};

/// What is wrong with an address, as the rest of a sentence that names it.
struct bad_otlp_endpoint {
  std::string what;
};
[[noreturn]] void throw_exception_from_error(const bad_otlp_endpoint& e,
                                             const boost::source_location&);

/// `http://HOST[:PORT][/PATH]`; port 4318 and `/v1/traces` where they are left out.
boost::system::result<otlp_endpoint, bad_otlp_endpoint> parse_otlp_endpoint(std::string_view url);

}  // namespace bank::api
