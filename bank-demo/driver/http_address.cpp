#include "driver/http_address.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <charconv>

namespace bank::driver {

namespace {

/// 0 if the text is not a port.
std::uint16_t parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() ? port : std::uint16_t{0};
}

}  // namespace

result<http_address> http_address::parse(std::string_view url) {
  const auto wrong = [&] {
    return problem{"\"" + std::string(url) +
                   "\" is not an address of a node; it must be like "
                   "http://127.0.0.1:8080"};
  };
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed || parsed->host().empty()) return wrong();
  if (parsed->scheme() == "https")
    return problem{"\"" + std::string(url) +
                   "\": the driver supports plain HTTP only: use an address that starts with "
                   "http://"};
  const auto path = std::string(parsed->encoded_path());
  if (parsed->scheme() != "http" || (!path.empty() && path != "/") || parsed->has_query())
    return wrong();
  http_address address;
  address.host = parsed->host_address();
  if (parsed->has_port()) address.port = parse_port(parsed->port());
  if (address.port == 0) return wrong();
  return address;
}

std::string http_address::url() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return "http://" + (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::vector<asio::ip::tcp::endpoint> in_connection_order(
    std::vector<asio::ip::tcp::endpoint> found) {
  for (std::size_t i = 1; i < found.size(); ++i) {
    const auto next =
        std::find_if(found.begin() + static_cast<std::ptrdiff_t>(i), found.end(),
                     [&](const auto& e) { return e.protocol() != found[i - 1].protocol(); });
    if (next == found.end()) break;
    std::rotate(found.begin() + static_cast<std::ptrdiff_t>(i), next, next + 1);
  }
  return found;
}

result<std::vector<asio::ip::tcp::endpoint>> resolve(asio::io_context& io,
                                                     const http_address& where) {
  asio::ip::tcp::resolver resolver(io);
  error_code error;
  const auto found = resolver.resolve(where.host, std::to_string(where.port), error);
  if (error) return problem{where.url() + " can't be resolved: " + error.message()};
  return in_connection_order({found.begin(), found.end()});
}

}  // namespace bank::driver
