#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "driver/problem.hpp"
#include "driver/task.hpp"

namespace bank::driver {

/// The address of a node.
struct http_address {
  std::string host;
  std::uint16_t port = 80;

  /// "http://HOST[:PORT]", where HOST is a name, an IPv4 or a bracketed IPv6 address.
  static result<http_address> parse(std::string_view url);
  std::string url() const;

  friend bool operator==(const http_address&, const http_address&) = default;
};

/// All addresses of the host, in the order in which to try them; an unknown name is a problem.
result<std::vector<asio::ip::tcp::endpoint>> resolve(asio::io_context& io,
                                                     const http_address& where);
/// The resolver's order, with IPv6 and IPv4 in turn, as RFC 8305 (section 4) says: if one family
/// has no route, the second try succeeds. Pure.
std::vector<asio::ip::tcp::endpoint> in_connection_order(
    std::vector<asio::ip::tcp::endpoint> found);

}  // namespace bank::driver
