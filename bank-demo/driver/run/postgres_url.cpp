#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <map>

#include "driver/run/node_access.hpp"

// libpq accepts two forms: a URL, and "key=value …". A host that starts with a slash is a folder
// with a unix socket.

namespace bank::driver {

namespace {

constexpr std::uint16_t usual_port = 5432;

bool is_url(std::string_view text) { return text.find("://") != std::string_view::npos; }

std::uint16_t to_port(const std::string& text) {
  return text.empty() ? usual_port : static_cast<std::uint16_t>(std::atoi(text.c_str()));
}

proxy::target at(const std::string& host, std::uint16_t port) {
  if (host.starts_with('/')) return proxy::unix_target{host + "/.s.PGSQL." + std::to_string(port)};
  return proxy::tcp_target{host.empty() ? "127.0.0.1" : host, port};
}

/// Without support for quoted values, which an address does not need.
std::map<std::string, std::string> pairs_of(std::string_view text) {
  std::map<std::string, std::string> pairs;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos)
      pairs[std::string(pair.substr(0, equals))] = pair.substr(equals + 1);
  }
  return pairs;
}

}  // namespace

std::optional<proxy::target> target_of(std::string_view postgres_url) {
  if (!is_url(postgres_url)) {
    auto pairs = pairs_of(postgres_url);
    if (pairs.empty()) return std::nullopt;
    const std::string host = pairs.contains("hostaddr") ? pairs["hostaddr"] : pairs["host"];
    return at(host, to_port(pairs["port"]));
  }
  const auto url = boost::urls::parse_uri(postgres_url);
  if (!url) return std::nullopt;
  std::string host = url->host();
  std::string port(url->port());
  for (const auto& p : url->params()) {
    if (p.key == "host") host = p.value;
    if (p.key == "port") port = p.value;
  }
  return at(host, to_port(port));
}

std::string through(std::string_view postgres_url, std::uint16_t port) {
  const std::string place = std::to_string(port);
  // libpq takes the last value of a duplicate key.
  if (!is_url(postgres_url))
    return std::string(postgres_url) + " host=127.0.0.1 hostaddr=127.0.0.1 port=" + place;
  boost::urls::url url(postgres_url);
  url.set_host("127.0.0.1");
  url.set_port(place);
  for (const char* key : {"host", "hostaddr", "port"}) url.params().erase(key);
  return std::string(url.buffer());
}

}  // namespace bank::driver
