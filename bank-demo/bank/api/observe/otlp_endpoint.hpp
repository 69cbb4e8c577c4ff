#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>

namespace bank::api {

/// Address of an OpenTelemetry collector that takes spans over HTTP.
struct otlp_endpoint {
  std::string host;
  std::string port;
  std::string path;
};

/// What is wrong with an address, as the end of a sentence that names it.
struct bad_otlp_endpoint {
  std::string what;
};
[[noreturn]] void throw_exception_from_error(const bad_otlp_endpoint& e,
                                             const boost::source_location&);

/// `http://HOST[:PORT][/PATH]`; default port 4318, default path `/v1/traces`.
boost::system::result<otlp_endpoint, bad_otlp_endpoint> parse_otlp_endpoint(std::string_view url);

}  // namespace bank::api
