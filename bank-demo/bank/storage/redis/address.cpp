#include "bank/storage/redis/address.hpp"

#include <charconv>
#include <stdexcept>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace bank::storage {
namespace {

using parsed = boost::system::result<redis_address, bad_redis_address>;

constexpr const char* forms =
    "redis://[[user]:password@]host[:port][/database] or unix://[[user]:password@]/path[?db=N]";

/// 0 if the text is not a port.
std::uint16_t port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() ? port : std::uint16_t{0};
}

bool take_database(std::string_view text, redis_address& to) {
  if (text.empty()) return true;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to.database);
  return error == std::errc() && end == text.data() + text.size();
}

parsed tcp_address(const boost::urls::url_view& url, redis_address a) {
  a.host = url.host_type() == boost::urls::host_type::ipv6 ? std::string(url.host_address())
                                                           : std::string(url.host());
  if (a.host.empty()) return bad_redis_address{"has no host"};
  if (url.has_port() && !url.port().empty()) {
    a.port = port_of(std::string(url.port()));
    if (a.port == 0) return bad_redis_address{"has an invalid port"};
  }
  if (url.has_query()) return bad_redis_address{"has a query, which is not supported"};
  std::string database(url.path());
  if (!database.empty()) database.erase(0, 1);
  if (!take_database(database, a)) return bad_redis_address{"has a database that is not a number"};
  return a;
}

parsed unix_address(const boost::urls::url_view& url, redis_address a) {
  if (!url.host().empty() || url.has_port())
    return bad_redis_address{"has a host before the socket's path: use three slashes"};
  a.path = url.path();
  if (a.path.size() < 2) return bad_redis_address{"has no socket path"};
  for (const auto& parameter : url.params())
    if (std::string(parameter.key) != "db" || !take_database(std::string(parameter.value), a))
      return bad_redis_address{"has a query that is not db=NUMBER"};
  return a;
}

}  // namespace

void throw_exception_from_error(const bad_redis_address& e, const boost::source_location&) {
  throw std::logic_error("a value was taken from an error: " + e.what);
}

std::string redis_address::shown() const {
  const std::string database_text =
      database == 0 ? "" : " (database " + std::to_string(database) + ")";
  return (path.empty() ? host + ":" + std::to_string(port) : path) + database_text;
}

parsed parse_redis_url(std::string_view text) {
  const auto url = boost::urls::parse_uri(text);
  if (!url) return bad_redis_address{std::string("is not a URL; it must be ") + forms};
  redis_address a;
  a.user = url->user();
  a.password = url->password();
  if (!a.user.empty() && !url->has_password())
    return bad_redis_address{"has a user without a password; write a password alone as :password@"};
  if (url->has_fragment()) return bad_redis_address{"has a fragment; write # as %23"};
  if (url->scheme() == "redis") return tcp_address(*url, std::move(a));
  if (url->scheme() == "unix") return unix_address(*url, std::move(a));
  return bad_redis_address{std::string("has an unknown scheme; it must be ") + forms};
}

}  // namespace bank::storage
