#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace bank::storage {

/// The address of a Redis server, with user and password.
struct redis_address {
  std::string host = {};  ///< empty if `path` is used
  std::uint16_t port = 6379;
  std::string path = {};  ///< path of a Unix socket
  std::string user = {};  ///< empty: the default user
  std::string password = {};
  std::uint32_t database = 0;

  /// The address without password, for messages.
  std::string shown() const;
};

/// Why an address is invalid, after the option's name. It never quotes the address, which may
/// contain a password.
struct bad_redis_address {
  std::string what;
};
[[noreturn]] void throw_exception_from_error(const bad_redis_address& e,
                                             const boost::source_location&);

/// `redis://[[user]:password@]host[:port][/database]` or
/// `unix://[[user]:password@]/path[?db=database]`. Special characters are percent-encoded.
boost::system::result<redis_address, bad_redis_address> parse_redis_url(std::string_view url);

}  // namespace bank::storage
