#include "bank/api/observe/otlp_endpoint.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <stdexcept>

namespace bank::api {

void throw_exception_from_error(const bad_otlp_endpoint& e, const boost::source_location&) {
  throw std::invalid_argument("the collector's address " + e.what);
}

boost::system::result<otlp_endpoint, bad_otlp_endpoint> parse_otlp_endpoint(std::string_view text) {
  const auto url = boost::urls::parse_uri(text);
  if (!url || url->scheme() != "http" || url->host().empty())
    return bad_otlp_endpoint{"is \"" + std::string(text) +
                             "\", but must be like http://HOST:4318/v1/traces"};
  if (url->has_userinfo() || url->has_query() || url->has_fragment())
    return bad_otlp_endpoint{
        "has a user, a query or a fragment, which are not sent: it must be like "
        "http://HOST:4318/v1/traces"};
  const std::string port(url->port());
  if (!port.empty() && url->port_number() == 0)
    return bad_otlp_endpoint{"has the port " + port + ", but a port is from 1 to 65535"};
  const std::string path(url->encoded_path());
  return otlp_endpoint{url->host_address(), port.empty() ? "4318" : port,
                       path.empty() ? "/v1/traces" : path};
}

}  // namespace bank::api
